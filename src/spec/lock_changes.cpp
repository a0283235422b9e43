#include <map>

#include "base/url.hpp"
#include "spec/lock.hpp"

namespace bundle::spec {
namespace {

/// A thing's name and what identifies its content.
using Contents = std::map<std::string, std::string>;

void add_contents(const Lock& lock, Contents& into) {
  for (const LockedComponent& component : lock.components) {
    into["component " + component.name] = component.version;
  }
  for (const LockedImage& image : lock.images) {
    into["image " + image.ref] = image.digest.str();
  }
  for (const LockedRpm& rpm : lock.rpms) {
    into["rpm " + rpm.nevra + " from " + rpm.repository] = rpm.checksum;
  }
  for (const LockedChart& chart : lock.charts) {
    into["chart " + chart.name] = chart.version + " sha256:" + chart.archive.sha256;
  }
  for (const LockedManifest& manifest : lock.manifests) {
    into["manifest " + manifest.text.path] = manifest.text.sha256;
  }
  for (const LockedText& text : lock.texts) {
    into["values " + text.path] = text.sha256;
  }
  for (const LockedText& program : lock.programs) {
    into["program " + program.path] = program.sha256;
  }
  for (const LockedFile& file : lock.files) {
    into["file " + file.path] = file.sha256;
  }
  for (const LockedRepository& repository : lock.repositories) {
    into["repository " + repository.id] = shown_url(repository.url);
  }
}

}  // namespace

std::vector<std::string> describe_changes(const Lock& before, const Lock& after) {
  Contents old_contents;
  Contents new_contents;
  add_contents(before, old_contents);
  add_contents(after, new_contents);
  std::vector<std::string> lines;
  for (const auto& [name, content] : old_contents) {
    const auto now = new_contents.find(name);
    if (now == new_contents.end()) {
      lines.push_back("- " + name);
    } else if (now->second != content) {
      lines.push_back("~ " + name + " " + content + " -> " + now->second);
    }
  }
  for (const auto& [name, content] : new_contents) {
    if (!old_contents.contains(name)) {
      lines.push_back("+ " + name);
    }
  }
  return lines;
}

}  // namespace bundle::spec
