#include "serve/systems.hpp"

#include <set>

namespace bundle::serve {
namespace {

/// `kubernetes` of `components.kubernetes > kubeadm config images list`; `other images` of a list of its own.
std::string system_of(const std::string& chain) {
  const std::string first = chain.substr(0, chain.find(" > "));
  const std::size_t dot = first.find('.');
  if (dot != std::string::npos) {
    return first.substr(dot + 1);
  }
  return first == "rpms" ? "other packages" : "other " + first;
}

/// Each of the systems that something is there for, once.
std::set<std::string> systems_in(const std::vector<std::string>& why) {
  std::set<std::string> names;
  for (const std::string& chain : why) {
    names.insert(system_of(chain));
  }
  return names;
}

}  // namespace

std::map<std::string, System> systems_of(const format::Index& index) {
  std::map<std::string, System> systems;
  const auto add = [&](const std::vector<std::string>& why, std::size_t System::* count, std::uint64_t size) {
    for (const std::string& name : systems_in(why)) {
      ++(systems[name].*count);
      systems[name].size_bytes += size;
    }
  };
  const auto size_of = [&](const std::string& path) { return index.find_entry(path)->size_bytes; };
  for (const format::Component& component : index.components) {
    systems[component.name].version = component.version;
  }
  for (const format::Image& image : index.images) {
    add(image.why, &System::images, image.size_bytes);
  }
  for (const format::Chart& chart : index.charts) {
    add(chart.why, &System::charts, size_of(chart.path));
    for (const std::string& name : systems_in(chart.why)) {
      if (systems[name].version.empty()) {
        systems[name].version = chart.version;
      }
    }
  }
  for (const format::Rpm& rpm : index.rpms) {
    add(rpm.why, &System::rpms, size_of(rpm.path));
  }
  for (const format::File& file : index.files) {
    add({"files"}, &System::files, size_of(file.path));
  }
  for (const format::Manifest& manifest : index.manifests) {
    add({"." + manifest.component}, &System::files, size_of(manifest.path));
  }
  for (const format::Program& program : index.programs) {
    add({"." + program.path.substr(program.path.rfind('/') + 1)}, &System::files, size_of(program.path));
  }
  return systems;
}

}  // namespace bundle::serve
