#include "build/resolve_images.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "archive/archive.hpp"
#include "base/fs.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "build/check_rpm.hpp"
#include "helm/unmatched_rules.hpp"
#include "spec/nevra.hpp"

namespace bundle::build {
namespace {

namespace stdfs = std::filesystem;

/// Gathers references; one that is wanted from several sides is one row.
class WantedImages {
 public:
  void add(const spec::Reference& reference, const spec::Roles& roles, const std::string& why) {
    WantedImage& row = rows_[reference.str()];
    row.reference = reference;
    row.roles.insert(roles.begin(), roles.end());
    if (std::find(row.why.begin(), row.why.end(), why) == row.why.end()) {
      row.why.push_back(why);
      std::sort(row.why.begin(), row.why.end());
    }
  }
  std::vector<WantedImage> take() {
    std::vector<WantedImage> list;
    for (auto& [ref, row] : rows_) {
      list.push_back(std::move(row));
    }
    return list;
  }

 private:
  std::map<std::string, WantedImage> rows_;
};

/// The component's own program, taken out of its package in the closure.
stdfs::path unpack_program(const spec::ImageListSpec& list, const std::vector<spec::LockedRpm>& rpms,
                           const std::vector<spec::LockedRepository>& repositories, World& world) {
  const auto it = std::find_if(rpms.begin(), rpms.end(), [&](const spec::LockedRpm& package) {
    const std::optional<spec::Nevra> nevra = spec::parse_nevra(package.nevra);
    return nevra && nevra->name == list.rpm;
  });
  if (it == rpms.end()) {
    fail(ErrorKind::spec, "the RPM {} that lists images is not in the closure", list.rpm);
  }
  const stdfs::path package = PackageFetcher(repositories, world).fetch(*it);
  const stdfs::path program = world.work / "programs" / list.rpm;
  make_folders(program.parent_path());
  archive::extract_from_rpm(package, "/" + list.run.at(0), program);
  return program;
}

/// What the program prints, a reference a line; the component's table when it cannot run on this machine.
std::vector<std::string> list_images(const spec::Component& component,
                                     const std::vector<spec::LockedRpm>& rpms,
                                     const std::vector<spec::LockedRepository>& repositories, World& world) {
  const spec::ImageListSpec& list = *component.image_list;
  const stdfs::path program = unpack_program(list, rpms, repositories, world);
  Command command{.argv = {program.string()},
                  .env = {{"HOME", world.work.string()}},
                  .clean_env = true,
                  .cwd = world.work,
                  .timeout = std::chrono::seconds(60)};
  command.argv.insert(command.argv.end(), list.run.begin() + 1, list.run.end());
  std::string problem;
  try {
    const CommandResult result = world.runner.run(command);
    std::vector<std::string> lines;
    for (const std::string_view line : split(result.out, '\n')) {
      if (!trim(line).empty()) {
        lines.emplace_back(trim(line));
      }
    }
    if (result.status == 0 && !lines.empty()) {
      return lines;
    }
    problem = fmt::format("it ended with exit code {}", result.status);
  } catch (const Error& error) {
    problem = error.message();
  }
  if (list.table.empty()) {
    fail(ErrorKind::step, "{} of the bundle cannot list its images: {}", list.rpm, problem);
  }
  world.log.warn(fmt::format(
      "{} of the bundle did not run here ({}): its images are taken from the table of component {}", list.rpm,
      problem, component.name));
  return list.table;
}

std::vector<spec::Component> load_catalogue(const Inputs& inputs) {
  std::vector<spec::Component> all = inputs.components;
  const stdfs::path manifests = inputs.data_dir / "manifests";
  for (const std::string& name : spec::component_names(manifests)) {
    if (pinned_version(inputs, name).empty()) {
      all.push_back(spec::load_component(manifests / name, ""));
    }
  }
  return all;
}

/// The helm of the bundle, else the one in PATH.
stdfs::path find_helm(const ResolvedSources& sources, World& world) {
  for (const ResolvedProgram& program : sources.programs) {
    if (program.locked.path == "bin/helm") {
      return program.file;
    }
  }
  if (const std::optional<stdfs::path> helm = find_program("helm")) {
    world.log.warn("the bundle has no helm: charts are rendered with " + helm->string());
    return *helm;
  }
  throw Error(ErrorKind::spec, "charts need helm, and the bundle has none",
              "add `helm: v3.18.0` to components, or install helm");
}

std::string kube_version_of(const Inputs& inputs) {
  const std::string version = pinned_version(inputs, "kubernetes");
  if (version.empty()) {
    throw Error(ErrorKind::spec, Position{.file = inputs.versions.file.string()},
                "charts are rendered for a Kubernetes version, and none is pinned",
                "add `kubernetes: v1.34.3` to components");
  }
  return version;
}

/// One chart, or all manifests of a component, to be scanned.
struct Scan {
  helm::ScanRequest request;
  std::string why;
  spec::Roles roles;
};

/// The user's answers for a component hold for its own scan: an `add` needs no operator there.
void add_answers(const Inputs& inputs, const std::string& component, helm::ScanRequest& request) {
  for (const spec::ComponentPin& pin : inputs.versions.components) {
    if (pin.name == component) {
      request.extra_rules.merge(pin.images);
    }
  }
}

std::vector<Scan> plan_scans(const Inputs& inputs, const ResolvedSources& sources, World& world) {
  helm::ScanRequest base{.target = inputs.target,
                         .catalogue = load_catalogue(inputs),
                         .extra_rules = inputs.versions.image_rules};
  if (!sources.charts.empty()) {
    base.kube_version = kube_version_of(inputs);
    base.helm = find_helm(sources, world);
  }
  std::vector<Scan> scans;
  for (const ResolvedChart& chart : sources.charts) {
    Scan scan{.request = base,
              .why = chart.locked.why.front() + " > chart " + chart.locked.name + " " + chart.locked.version,
              .roles = chart.image_roles};
    scan.request.charts.push_back({.chart = chart.archive,
                                   .values = chart.values,
                                   .release = chart.locked.release,
                                   .namespace_ = chart.locked.namespace_,
                                   .skip_schema = chart.locked.skip_schema,
                                   .rules = chart.images});
    add_answers(inputs, chart.locked.component, scan.request);
    scans.push_back(std::move(scan));
  }
  std::map<std::string, Scan> by_component;  // together: one manifest may create what another one defines
  for (const ResolvedManifest& manifest : sources.manifests) {
    const std::string& component = manifest.locked.component;
    const auto [it, is_new] =
        by_component.try_emplace(component, Scan{.request = base,
                                                 .why = "components." + component + " > manifests",
                                                 .roles = manifest.image_roles});
    it->second.request.manifests.push_back(manifest.file);
    if (is_new) {
      add_answers(inputs, component, it->second.request);
    }
  }
  for (auto& [component, scan] : by_component) {
    scans.push_back(std::move(scan));
  }
  return scans;
}

helm::ScanResult run_scan(const Scan& scan, World& world) {
  return with_context("scanning " + scan.why, [&] { return helm::scan(scan.request, world.runner); });
}

/// Charts may render more when the CRDs of another one are there (a ServiceMonitor, say), so the API versions
/// that the first pass finds anywhere are offered to all in a second one.
std::vector<helm::ScanResult> scan_twice(std::vector<Scan>& scans, World& world) {
  std::vector<helm::ScanResult> results;
  std::set<std::string> offered;
  for (const Scan& scan : scans) {
    results.push_back(run_scan(scan, world));
    offered.insert(results.back().api_versions.begin(), results.back().api_versions.end());
  }
  for (std::size_t i = 0; i < scans.size(); ++i) {
    const std::set<std::string> own(results[i].api_versions.begin(), results[i].api_versions.end());
    if (!scans[i].request.charts.empty() && own != offered) {
      scans[i].request.api_versions = {offered.begin(), offered.end()};
      results[i] = run_scan(scans[i], world);
    }
  }
  return results;
}

void scan_all(const Inputs& inputs, const ResolvedSources& sources, World& world, WantedImages& wanted,
              ImageClosure& closure) {
  std::vector<Scan> scans = plan_scans(inputs, sources, world);
  const std::vector<helm::ScanResult> results = scan_twice(scans, world);
  std::set<std::string> used_rules;
  for (std::size_t i = 0; i < scans.size(); ++i) {
    for (const helm::FoundImage& found : results[i].images) {
      closure.found.push_back(found);
      closure.found.back().place = scans[i].why + " > " + found.place;
      if (found.state == helm::ImageState::required) {
        wanted.add(spec::reference(found.image), scans[i].roles, closure.found.back().place);
      }
    }
    closure.undecided.insert(closure.undecided.end(), results[i].undecided.begin(),
                             results[i].undecided.end());
    used_rules.insert(results[i].used_rules.begin(), results[i].used_rules.end());
  }
  for (const std::string& words : helm::unmatched_rules(inputs.versions, used_rules, closure.found)) {
    world.log.warn(words);
  }
}

spec::LockedImage to_locked(const WantedImage& wanted, const oci::ResolvedImage& resolved) {
  spec::LockedImage made{.ref = wanted.reference.str(),
                         .digest = resolved.digest,
                         .media_type = resolved.metadata.front().media_type,
                         .manifest = resolved.manifest,
                         .platform = resolved.platform,
                         .roles = wanted.roles,
                         .why = wanted.why};
  for (const oci::Blob& document : resolved.metadata) {
    made.documents.push_back({.digest = document.digest, .size_bytes = document.size_bytes});
  }
  for (const oci::Blob& blob : resolved.blobs) {
    made.blobs.push_back({.digest = blob.digest, .size_bytes = blob.size_bytes});
  }
  return made;
}

}  // namespace

ImageClosure close_images(const Inputs& inputs, const ResolvedSources& sources,
                          const std::vector<spec::LockedRpm>& rpms,
                          const std::vector<spec::LockedRepository>& repositories, World& world) {
  WantedImages wanted;
  ImageClosure closure;
  const auto add_listed = [&](const spec::Reference& image, const spec::Roles& roles,
                              const std::string& why) {
    wanted.add(image, roles, why);
    closure.found.push_back({.image = image.str(), .klass = "list", .place = why, .reason = "listed"});
  };
  for (const spec::Component& component : inputs.components) {
    const std::string why = "components." + component.name;
    if (component.image_list) {
      for (const std::string& line : list_images(component, rpms, repositories, world)) {
        add_listed(spec::reference(line), component.image_roles,
                   why + " > " + join(component.image_list->run, " "));
      }
    }
    for (const std::string& image : component.plain_images) {
      add_listed(spec::reference(image), component.image_roles, why + " > images.list");
    }
  }
  scan_all(inputs, sources, world, wanted, closure);
  for (const spec::Reference& reference : inputs.versions.images) {
    add_listed(reference, spec::all_roles(), "images");
  }
  closure.wanted = wanted.take();
  return closure;
}

void require_decided(const ImageClosure& closure) {
  if (!closure.undecided.empty()) {
    throw Error(
        ErrorKind::unresolvable,
        fmt::format("{} {} undecided:\n  {}", count_words(closure.undecided.size(), "question"),
                    closure.undecided.size() == 1 ? "is" : "are", join(closure.undecided, "\n  ")),
        "answer each under `images: {add, rename, ignore, none-compiled-in}` of the component or chart in "
        "versions.yml");
  }
}

std::vector<spec::LockedImage> resolve_images(const std::vector<WantedImage>& wanted, const std::string& arch,
                                              const std::map<std::string, spec::Digest>& kept, World& world) {
  const std::string platform = arch == "x86_64" ? "linux/amd64" : "linux/" + arch;
  std::vector<std::optional<spec::LockedImage>> resolved(wanted.size());
  parallel_for(wanted.size(), world.jobs, [&](std::size_t i) {
    const WantedImage& image = wanted[i];
    spec::Reference asked = image.reference;
    if (const auto it = kept.find(asked.str()); it != kept.end()) {
      asked.digest = it->second;
    }
    with_context("resolving image " + image.reference.str() + " (" + image.why.front() + ")", [&] {
      const oci::ResolvedImage found = world.registry.resolve(asked, platform);
      if (!found.names_platform) {
        world.log.warn(
            fmt::format("{} says no platform: it is taken as one for {}", image.reference.str(), platform));
      }
      resolved[i] = to_locked(image, found);
    });
  });
  std::vector<spec::LockedImage> list;
  for (std::optional<spec::LockedImage>& image : resolved) {
    list.push_back(*std::move(image));
  }
  return list;
}

}  // namespace bundle::build
