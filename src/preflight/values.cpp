#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"
#include "format/entry.hpp"
#include "format/index.hpp"
#include "images/walk.hpp"
#include "preflight/inspection.hpp"
#include "spec/reference.hpp"

namespace bundle::preflight {
namespace {

constexpr auto kTimeout = std::chrono::minutes(5);

/// The images of every container in rendered manifests, as the container runtime resolves them. `name` goes
/// into errors, which are Error(spec).
std::set<std::string> container_images(std::string_view manifests, const std::string& name) {
  std::vector<images::Object> objects;
  try {
    objects = images::parse_objects(manifests, name);
  } catch (const Error& error) {
    throw Error(ErrorKind::spec, error.message(), error.hint());
  }
  std::set<std::string> found;
  for (const images::Candidate& candidate : images::find_candidates(objects).all) {
    if (candidate.is_of_container && candidate.off.empty()) {
      found.insert(spec::reference(candidate.text).str());
    }
  }
  return found;
}

/// The bundle's own helm in a folder of its own on the tmpfs below /run, from which it cannot reach a network
/// or a cluster.
class ChartRenderer {
 public:
  ChartRenderer(const Inspection& look, const format::Entry& helm)
      : look_(look), work_(look.host.at("/run")) {
    format::extract_entry(*look.parts, helm, helm_);
  }

  /// The images of a chart with the bundle's values and then, if given, the site's.
  std::set<std::string> images(const format::Chart& chart, const std::filesystem::path& site_values) {
    std::vector<std::string> argv = {helm_.string(),   "template",
                                     "--namespace",    chart.namespace_,
                                     "--kube-version", look_.component("kubernetes")->version};
    if (chart.skip_schema) {
      argv.emplace_back("--skip-schema-validation");
    }
    for (const std::string& values : chart.values) {
      argv.insert(argv.end(), {"--values", put(values)});
    }
    if (!site_values.empty()) {
      argv.insert(argv.end(), {"--values", put_site_values(site_values)});
    }
    argv.insert(argv.end(), {"--", chart.release, put(chart.path)});
    const std::string home = work_.path().string();
    const CommandResult result = run_helm(home, std::move(argv));
    return container_images(result.out, "the rendered chart " + chart.name);
  }

  /// Where helm is given the site's values: a comma in the path of the file itself would be two files to it.
  std::string site_values_path() const { return (work_.path() / "site-values.yaml").string(); }

 private:
  std::string put(const std::string& entry_path) {
    const std::filesystem::path path = work_.path() / entry_path;
    const format::Entry* entry = look_.index.find_entry(entry_path);
    if (entry != nullptr && !std::filesystem::exists(path)) {
      format::extract_entry(*look_.parts, *entry, path);
    }
    return path.string();
  }

  std::string put_site_values(const std::filesystem::path& file) const {
    write_file_atomically(site_values_path(), read_file(file, site::kMaxNamedBytes));
    return site_values_path();
  }

  CommandResult run_helm(const std::string& home, std::vector<std::string> argv) {
    CommandResult result = look_.host.runner.run({.argv = std::move(argv),
                                                  .env = {{"HOME", home},
                                                          {"TMPDIR", home},
                                                          {"KUBECONFIG", home + "/none"},
                                                          {"XDG_CACHE_HOME", home + "/cache"},
                                                          {"XDG_CONFIG_HOME", home + "/config"},
                                                          {"XDG_DATA_HOME", home + "/data"}},
                                                  .clean_env = true,
                                                  .timeout = kTimeout});
    if (result.status != 0) {
      throw Error(ErrorKind::step, essence(result.err));
    }
    return result;
  }

  /// What helm complains of, in one line; its warnings come before.
  static std::string essence(std::string_view text) {
    const std::size_t error = text.find("Error: ");
    std::vector<std::string> lines;
    for (const std::string_view line :
         split(text.substr(error == std::string_view::npos ? 0 : error), '\n')) {
      if (!trim(line).empty()) {
        lines.emplace_back(trim(line));
      }
    }
    return lines.empty() ? "helm says nothing" : join(lines, "; ");
  }

  const Inspection& look_;
  TempDir work_;
  std::filesystem::path helm_ = work_.path() / "helm";
};

void check_chart(Inspection& look, ChartRenderer& renderer, const format::Chart& chart,
                 const std::filesystem::path& values) {
  std::set<std::string> with;
  try {
    with = renderer.images(chart, values);
  } catch (const Error& error) {
    // Only what helm refuses or renders badly; damaged media, a stop, a helm that cannot run are not theirs.
    if (error.kind() != ErrorKind::step && error.kind() != ErrorKind::spec) {
      throw;
    }
    look.error("site-values",
               fmt::format("the chart {} cannot be rendered with {}: {}", chart.name, values.string(),
                           replace_all(error.message(), renderer.site_values_path(), values.string())),
               "correct the values file");
    return;
  }
  // What the bundle's own values render has been judged when it was built.
  const std::set<std::string> without = renderer.images(chart, {});
  std::vector<std::string> lacking;
  for (const std::string& image : with) {
    const bool is_carried = std::any_of(look.index.images.begin(), look.index.images.end(),
                                        [&](const format::Image& one) { return one.ref == image; });
    if (!is_carried && !without.contains(image)) {
      lacking.push_back(image);
    }
  }
  if (!lacking.empty()) {
    look.error("site-values-images",
               fmt::format("with {} the component '{}' wants images that the bundle lacks: {}",
                           values.string(), chart.component, join(lacking, ", ")),
               "take them out of that file, or add them to images: in versions.yml and build again");
  }
}

void check_site_values(Inspection& look) {
  const format::Entry* helm = look.index.find_entry("bin/helm");
  const bool is_needed =
      std::any_of(look.site.component_values.begin(), look.site.component_values.end(), [&](const auto& row) {
        std::error_code error;
        return look.component(row.first) != nullptr && std::filesystem::is_regular_file(row.second, error);
      });
  if (look.parts == nullptr || !is_needed || look.component("kubernetes") == nullptr) {
    return;
  }
  if (helm == nullptr) {
    look.warning("site-values-unchecked",
                 "the bundle has no helm, so that the site's values could not be rendered",
                 "add helm to components: in versions.yml");
    return;
  }
  ChartRenderer renderer(look, *helm);
  for (const format::Chart& chart : look.index.charts) {
    const auto values = look.site.component_values.find(chart.component);
    std::error_code error;
    if (values != look.site.component_values.end() &&
        std::filesystem::is_regular_file(values->second, error)) {
      check_chart(look, renderer, chart, values->second);
    }
  }
}

}  // namespace

std::vector<NamedCheck> values_checks() { return {{"the values of the site file", check_site_values}}; }

}  // namespace bundle::preflight
