#include "helm/chart.hpp"

#include <algorithm>

#include "archive/archive.hpp"
#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/suggest.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "net/url.hpp"
#include "spec/upstream_url.hpp"

namespace bundle::helm {
namespace {

constexpr std::uint64_t kChartYamlLimit = 1 << 20;

std::string text_of(const yaml::Node& node, std::string_view key) {
  const yaml::Node* found = node.find(key);
  return found != nullptr && found->is_scalar() ? found->text : "";
}

std::string_view without_v(std::string_view version) {
  return version.starts_with('v') ? version.substr(1) : version;
}

Chart parse_chart_yaml(const std::string& text, const std::string& name) {
  const std::vector<yaml::Node> all =
      yaml::parse_all(text, name, ErrorKind::integrity, yaml::DuplicateKeys::last_wins);
  const yaml::Node root = all.empty() ? yaml::Node{} : all.front();
  Chart made{.name = text_of(root, "name"),
             .version = text_of(root, "version"),
             .app_version = text_of(root, "appVersion"),
             .kube_version = text_of(root, "kubeVersion")};
  if (made.name.empty() || made.version.empty()) {
    fail(ErrorKind::integrity, "{} has no name or no version, so this is not a chart", name);
  }
  if (const yaml::Node* dependencies = root.find("dependencies")) {
    for (const yaml::Node& row : dependencies->items) {
      made.dependencies.push_back({.name = text_of(row, "name"),
                                   .version = text_of(row, "version"),
                                   .repository = text_of(row, "repository")});
    }
  }
  if (const yaml::Node* annotations = root.find("annotations")) {
    for (const auto& [key, value] : annotations->members) {
      made.annotations.emplace(key, value.text);
    }
  }
  return made;
}

/// The chart's own Chart.yaml lies one folder deep; those of its dependencies lie deeper.
Chart chart_among(const std::vector<archive::File>& files, const std::string& name) {
  for (const archive::File& file : files) {
    const std::string& path = file.path.str();
    if (path.ends_with("/Chart.yaml") && std::count(path.begin(), path.end(), '/') == 1) {
      return parse_chart_yaml(file.content, fmt::format("{}:{}", name, path));
    }
  }
  fail(ErrorKind::integrity, "{} holds no NAME/Chart.yaml, so this is not a chart", name);
}

/// What a URL of an index means below its repository; helm resolves it against the repository's folder.
/// Source: RFC 3986 section 5.2; helm's pkg/repo/chartrepo.go, ResolveReferenceURL.
std::string absolute_url(const std::string& url, const std::string& repository_url) {
  if (url.find("://") < url.find_first_of("/?#")) {
    if (!url.starts_with("oci://")) {  // there the chart lies in a registry, which is asked with encryption
      net::require_no_downgrade(repository_url, url);
    }
    return url;
  }
  const auto folder = net::parse_url(repository_url + (repository_url.ends_with('/') ? "" : "/"));
  const auto resolved = folder ? net::resolve_url(*folder, url) : std::nullopt;
  if (!resolved) {
    fail(ErrorKind::integrity, "{} index.yaml names a chart at '{}', which is no URL", repository_url,
         escaped(url, 200));
  }
  net::require_no_downgrade(repository_url, resolved->text);
  return resolved->text;
}

ChartLocation location_of(const yaml::Node& row, const std::string& repository_url) {
  ChartLocation made{.version = text_of(row, "version"), .sha256 = lower(text_of(row, "digest"))};
  if (made.sha256.starts_with("sha256:")) {
    made.sha256.erase(0, 7);
  }
  if (const yaml::Node* urls = row.find("urls")) {
    for (const yaml::Node& url : urls->items) {
      made.urls.push_back(
          spec::upstream_url(absolute_url(url.text, repository_url), repository_url + " index.yaml"));
    }
  }
  return made;
}

std::string known_versions(const yaml::Node& rows) {
  constexpr std::size_t kShown = 8;
  std::vector<std::string> versions;
  for (const yaml::Node& row : rows.items) {
    if (versions.size() < kShown) {
      versions.push_back(text_of(row, "version"));
    }
  }
  return "it has " + join(versions, ", ") + (rows.items.size() > kShown ? ", …" : "");
}

}  // namespace

Chart read_chart(Bytes tgz, const std::string& name) {
  return chart_among(archive::read_tar_gz(tgz, name), name);
}

Chart load_chart(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) {
    const std::filesystem::path file = path / "Chart.yaml";
    return parse_chart_yaml(read_file(file, kChartYamlLimit), file.string());
  }
  return chart_among(archive::read_tar_gz(path), path.string());
}

ChartLocation find_chart(std::string_view index, const std::string& repository_url, const std::string& name,
                         const std::string& version) {
  const std::string where = repository_url + " index.yaml";
  const std::vector<yaml::Node> all =
      yaml::parse_all(index, where, ErrorKind::integrity, yaml::DuplicateKeys::last_wins);
  const yaml::Node* entries = all.empty() ? nullptr : all.front().find("entries");
  if (entries == nullptr || !entries->is_mapping()) {
    fail(ErrorKind::integrity, "{} has no 'entries', so this is not a chart repository", where);
  }
  const yaml::Node* rows = entries->find(name);
  if (rows == nullptr) {
    std::vector<std::string> names;
    names.reserve(entries->members.size());
    for (const auto& [key, value] : entries->members) {
      names.push_back(key);
    }
    throw Error(ErrorKind::unresolvable, fmt::format("{} has no chart '{}'", repository_url, name),
                did_you_mean(name, names));
  }
  for (const yaml::Node& row : rows->items) {
    if (without_v(text_of(row, "version")) == without_v(version)) {
      ChartLocation found = location_of(row, repository_url);
      if (found.urls.empty()) {
        fail(ErrorKind::integrity, "{} gives no URL for {} {}", where, name, version);
      }
      return found;
    }
  }
  throw Error(ErrorKind::unresolvable,
              fmt::format("{} has no version {} of the chart '{}'", repository_url, version, name),
              known_versions(*rows));
}

}  // namespace bundle::helm
