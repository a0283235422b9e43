#include "build/inputs.hpp"

#include <algorithm>

#include "base/fs.hpp"
#include "base/suggest.hpp"
#include "base/text.hpp"

namespace bundle::build {
namespace {

namespace stdfs = std::filesystem;
constexpr std::uint64_t kLimitBytes = 64 << 20;

/// Collects the content of every file read, so that a changed one makes the lock stale.
class InputDigest {
 public:
  void add(std::string_view name, std::string_view content) {
    hasher_.update(fmt::format("{} {} {}\n", name, content.size(), sha256_hex(content)));
  }
  void add_file(std::string_view name, const stdfs::path& file) { add(name, read_file(file, kLimitBytes)); }
  std::string finish() { return hasher_.finish_hex(); }

 private:
  Hasher hasher_;
};

spec::Target find_target(const Inputs& inputs) {
  const stdfs::path folder = inputs.data_dir / "rpm-lists/targets";
  const stdfs::path file = folder / (inputs.versions.os + ".yml");
  if (!stdfs::exists(file)) {
    std::vector<std::string> known;
    for (const std::string& name : list_folder(folder)) {
      known.push_back(stdfs::path(name).stem());
    }
    const std::string near = did_you_mean(inputs.versions.os, known);
    throw Error(ErrorKind::spec, Position{.file = inputs.versions.file.string()},
                fmt::format("unknown target.os '{}'", inputs.versions.os),
                near.empty() ? "known targets: " + join(known, ", ") : near);
  }
  return spec::load_target(file);
}

/// The base list: a name in rpm-lists/base (also with the target's -elN or -OS), else a path beside
/// versions.yml.
stdfs::path find_base(const Inputs& inputs) {
  const std::string& base = inputs.versions.base;
  if (base == "none") {
    return {};
  }
  const stdfs::path folder = inputs.data_dir / "rpm-lists/base";
  const std::string el = fill_from_target("{el}", inputs.target);
  for (const std::string& name : {base + "-" + inputs.target.name, base + "-el" + el, base}) {
    if (stdfs::exists(folder / (name + ".txt"))) {
      return folder / (name + ".txt");
    }
  }
  const stdfs::path beside = inputs.versions.resolve(base);
  if (!stdfs::exists(beside)) {
    throw Error(ErrorKind::spec, Position{.file = inputs.versions.file.string()},
                fmt::format("target.base '{}' is neither a list in rpm-lists/base nor a file", base),
                "on a host like the target: rpm -qa > base.txt, and name that file; or base: none");
  }
  return beside;
}

spec::Component load_pinned(const Inputs& inputs, const spec::ComponentPin& pin) {
  const stdfs::path manifests = inputs.data_dir / "manifests";
  if (!stdfs::exists(manifests / pin.name / "component.yml")) {
    const std::vector<std::string> known = spec::component_names(manifests);
    const std::string near = did_you_mean(pin.name, known);
    throw Error(ErrorKind::spec, pin.position, fmt::format("unknown component '{}'", pin.name),
                near.empty() ? "known components: " + join(known, ", ") : near);
  }
  spec::Component component = spec::load_component(manifests / pin.name, pin.version);
  if (const auto corrected = component.version_like.empty()
                                 ? std::nullopt
                                 : spec::corrected_version(pin.version, component.version_like)) {
    throw Error(ErrorKind::spec, pin.position,
                fmt::format("'{}' is no version of {}, whose versions look like {}", pin.version, pin.name,
                            component.version_like),
                fmt::format("write {}", *corrected));
  }
  component.images.merge(pin.images);
  if (component.chart) {
    component.chart->skip_schema = component.chart->skip_schema || pin.skip_schema;
  }
  if (pin.roles) {
    component.image_roles = *pin.roles;
  }
  return component;
}

void check_needs(const Inputs& inputs) {
  for (std::size_t i = 0; i < inputs.components.size(); ++i) {
    for (const std::string& need : inputs.components[i].needs) {
      if (pinned_version(inputs, need).empty()) {
        throw Error(
            ErrorKind::spec, inputs.versions.components[i].position,
            fmt::format("component '{}' needs '{}', which is not there", inputs.components[i].name, need),
            fmt::format("add `{}: VERSION` to components", need));
      }
    }
  }
}

/// Rows of versions.yml override a repository with the same id, or add one.
std::vector<spec::Repository> gather_repositories(const Inputs& inputs) {
  std::vector<spec::Repository> all = inputs.target.repositories;
  for (const spec::Component& component : inputs.components) {
    for (const spec::Repository& repository : component.repositories) {
      const bool is_known = std::any_of(
          all.begin(), all.end(), [&](const spec::Repository& other) { return other.id == repository.id; });
      if (!is_known) {
        all.push_back(repository);
      }
    }
  }
  const std::string file = inputs.versions.file.string();
  for (const yaml::Node& row : inputs.versions.repositories) {
    const std::string id = spec::repository_id(row, file);
    const auto it =
        std::find_if(all.begin(), all.end(), [&](const spec::Repository& other) { return other.id == id; });
    if (it != all.end()) {
      *it = spec::parse_repository(row, file, &*it);
    } else {
      all.push_back(spec::parse_repository(row, file, nullptr));
    }
  }
  for (spec::Repository& repository : all) {
    repository.url = fill_from_target(repository.url, inputs.target);
    for (spec::GpgKey& key : repository.gpgkeys) {
      key.url = fill_from_target(key.url, inputs.target);
    }
  }
  return all;
}

std::string digest_of(const Inputs& inputs) {
  InputDigest digest;
  digest.add("versions", inputs.versions.content);
  digest.add_file("target", inputs.data_dir / "rpm-lists/targets" / (inputs.versions.os + ".yml"));
  if (!inputs.base.empty() && stdfs::is_regular_file(inputs.base)) {
    digest.add_file("base", inputs.base);
  }
  for (std::size_t i = 0; i < inputs.components.size(); ++i) {
    const spec::Component& component = inputs.components[i];
    for (const std::string& name : list_folder(component.folder)) {
      if (stdfs::is_regular_file(component.folder / name)) {
        digest.add_file(component.name + "/" + name, component.folder / name);
      }
    }
    if (const std::string& values = inputs.versions.components[i].values; !values.empty()) {
      digest.add_file(component.name + " values", inputs.versions.resolve(values));
    }
  }
  for (const spec::ChartSpec& chart : inputs.versions.charts) {
    if (!chart.file.empty()) {
      digest.add_file(chart.release + " chart", inputs.versions.resolve(chart.file));
    }
    if (!chart.values.empty()) {
      digest.add_file(chart.release + " values", inputs.versions.resolve(chart.values));
    }
  }
  return digest.finish();
}

}  // namespace

std::string pinned_version(const Inputs& inputs, const std::string& component) {
  for (const spec::ComponentPin& pin : inputs.versions.components) {
    if (pin.name == component) {
      return pin.version;
    }
  }
  return {};
}

std::string fill_from_target(std::string text, const spec::Target& target) {
  const std::string el =
      target.platform_id.substr(std::min(target.platform_id.rfind("el") + 2, target.platform_id.size()));
  text = replace_all(text, "{el}", el);
  text = replace_all(text, "{os.id}", target.os_id);
  text = replace_all(text, "{os.version}", target.os_version);
  return replace_all(text, "{os.major}", split(target.os_version, '.').front());
}

Inputs load_inputs(const stdfs::path& versions_file, const stdfs::path& data_dir) {
  Inputs inputs{.versions = spec::load_versions(versions_file), .data_dir = data_dir};
  inputs.target = find_target(inputs);
  inputs.base = find_base(inputs);
  for (const spec::ComponentPin& pin : inputs.versions.components) {
    inputs.components.push_back(load_pinned(inputs, pin));
  }
  check_needs(inputs);
  inputs.repositories = gather_repositories(inputs);
  inputs.digest = digest_of(inputs);
  return inputs;
}

}  // namespace bundle::build
