#include "commands/images.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/json.hpp"
#include "base/suggest.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "build/resolve_images.hpp"
#include "build/resolve_rpms.hpp"
#include "commands/connection.hpp"
#include "helm/image_scan.hpp"
#include "helm/schema.hpp"
#include "spec/data_dir.hpp"

namespace bundle::commands {
namespace {

namespace stdfs = std::filesystem;

/// For the images alone a schema does not matter; a bundle has to say that it is skipped.
bool has_remote_schema(const Session& session, const stdfs::path& chart) {
  const std::vector<std::string> urls = helm::remote_schemas(chart);
  if (!urls.empty()) {
    session.log->warn(
        fmt::format("the schema of {} loads {} at each rendering, which a site cannot: in "
                    "versions.yml this chart wants `skip-schema: true`",
                    chart.filename().string(), escaped(join(urls, ", "), 500)));
  }
  return !urls.empty();
}

bool is_chart(const stdfs::path& path) {
  return stdfs::is_directory(path) || path.extension() == ".tgz" || path.string().ends_with(".tar.gz");
}

spec::Target target_named(const std::string& name, const stdfs::path& data_dir) {
  const stdfs::path folder = data_dir / "rpm-lists" / "targets";
  std::vector<std::string> names;
  for (const std::string& file : list_folder(folder)) {
    names.push_back(stdfs::path(file).stem().string());
    if (file == name + ".yml") {
      return spec::load_target(folder / file);
    }
  }
  throw Error(ErrorKind::usage, fmt::format("there is no target '{}' in {}", name, folder.string()),
              did_you_mean(name, names));
}

stdfs::path find_helm(const std::string& given) {
  if (!given.empty()) {
    return given;
  }
  if (const auto found = find_program("helm")) {
    return *found;
  }
  throw Error(ErrorKind::usage, "charts are rendered by helm, and there is none in PATH",
              "give --helm PATH: best the helm that will install them");
}

helm::ScanRequest request_for(const Session& session, const ImagesOptions& options) {
  helm::ScanRequest request{.kube_version = options.kube_version};
  const stdfs::path data_dir = spec::find_data_dir(session.data_dir);
  for (const std::string& file : options.files) {
    if (!stdfs::exists(file)) {
      fail(ErrorKind::usage, "there is no file {}", file);
    }
    if (is_chart(file)) {
      request.charts.push_back({.chart = file,
                                .values = {options.values.begin(), options.values.end()},
                                .skip_schema = has_remote_schema(session, file)});
    } else {
      request.manifests.emplace_back(file);
    }
  }
  if (!request.charts.empty()) {
    if (options.kube_version.empty()) {
      throw Error(ErrorKind::usage, "charts ask for the Kubernetes version that they are rendered for",
                  "give --kube-version, for example --kube-version 1.34.3");
    }
    request.helm = find_helm(options.helm);
  }
  if (!options.target.empty()) {
    request.target = target_named(options.target, data_dir);
  }
  for (const std::string& name : spec::component_names(data_dir / "manifests")) {
    request.catalogue.push_back(spec::load_component(data_dir / "manifests" / name, ""));
  }
  return request;
}

struct Closure {
  std::vector<helm::FoundImage> images;
  std::vector<std::string> undecided;
};

Closure closure_of_files(const Session& session, const ImagesOptions& options) {
  helm::ScanResult result = helm::scan(request_for(session, options), *session.runner);
  return {.images = std::move(result.images), .undecided = std::move(result.undecided)};
}

/// A single YAML file with the keys `bundle` and `components`.
bool is_versions_file(const ImagesOptions& options) {
  constexpr std::uint64_t kLimitBytes = 1 << 20;
  if (options.files.size() != 1 || is_chart(options.files[0]) || !stdfs::exists(options.files[0]) ||
      file_size(options.files[0]) > kLimitBytes) {
    return false;
  }
  try {
    const std::vector<yaml::Node> documents =
        yaml::parse_all(read_file(options.files[0], kLimitBytes), options.files[0], ErrorKind::spec);
    return documents.size() == 1 && documents[0].find("bundle") != nullptr &&
           documents[0].find("components") != nullptr;
  } catch (const Error&) {
    return false;  // its reader will say what is wrong with it
  }
}

/// As `lock` resolves it, up to the registries: charts, manifests and kubeadm are fetched and asked.
Closure closure_of_bundle(Session& session, const ImagesOptions& options) {
  const bool has_own = !options.values.empty() || !options.kube_version.empty() || !options.target.empty() ||
                       !options.helm.empty();
  if (has_own) {
    fail(ErrorKind::usage,
         "{} says itself which values, target, Kubernetes and helm hold: leave those options out",
         options.files[0]);
  }
  const build::Inputs inputs = build::load_inputs(options.files[0], spec::find_data_dir(session.data_dir));
  Connection connection(session, options.upstream);
  build::World& world = connection.world();
  const build::ResolvedSources sources = build::resolve_sources(inputs, world);
  const bool asks_program =
      std::any_of(inputs.components.begin(), inputs.components.end(),
                  [](const spec::Component& row) { return row.image_list.has_value(); });
  const build::ResolvedRpms rpms =
      asks_program ? build::resolve_rpms(inputs, true, world) : build::ResolvedRpms{};
  build::ImageClosure closure = build::close_images(inputs, sources, rpms.rpms, rpms.repositories, world);
  return {.images = std::move(closure.found), .undecided = std::move(closure.undecided)};
}

std::string as_json(const std::vector<helm::FoundImage>& images) {
  json::Array rows;
  for (const helm::FoundImage& found : images) {
    rows.emplace_back(json::Object{{"image", found.image},
                                   {"class", found.klass},
                                   {"place", found.place},
                                   {"reason", found.reason},
                                   {"state", helm::to_string(found.state)}});
  }
  return json::pretty(rows);
}

std::string as_lines(const std::vector<helm::FoundImage>& images, bool with_off) {
  std::set<std::string> required;
  std::map<std::string, std::string> off;
  for (const helm::FoundImage& found : images) {
    if (found.state == helm::ImageState::required) {
      required.insert(found.image);
    } else if (found.state == helm::ImageState::off) {
      off.emplace(found.image, found.reason);
    }
  }
  std::string text;
  for (const std::string& image : required) {
    text += image + "\n";
  }
  for (const auto& [image, reason] : off) {
    if (with_off && !required.contains(image)) {
      text += fmt::format("{}\toff\t{}\n", image, reason);
    }
  }
  return text;
}

}  // namespace

void images(Session& session, const ImagesOptions& options) {
  const Closure closure =
      is_versions_file(options) ? closure_of_bundle(session, options) : closure_of_files(session, options);
  session.print(session.output == OutputFormat::json ? as_json(closure.images)
                                                     : as_lines(closure.images, options.all));
  for (const std::string& words : closure.undecided) {
    session.log->warn(words);
  }
  if (!closure.undecided.empty() && !options.lenient) {
    throw Error(ErrorKind::unresolvable,
                fmt::format("{} undecided: the list of images may not be complete", closure.undecided.size()),
                "answer each, or give --lenient to go on without");
  }
}

}  // namespace bundle::commands
