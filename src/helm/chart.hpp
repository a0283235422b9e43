#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/hash.hpp"

namespace bundle::helm {

struct Dependency {
  std::string name;
  std::string version;
  std::string repository;
};

/// What Chart.yaml says. Source: helm.sh/docs/topics/charts, "The Chart.yaml File".
struct Chart {
  std::string name;
  std::string version;
  std::string app_version;
  std::string kube_version;  ///< a constraint, may be empty
  std::vector<Dependency> dependencies;
  std::map<std::string, std::string> annotations;
};

/// Reads a packed chart (.tgz) or an unpacked folder. A packed one is unpacked in memory as a whole, so that
/// what could leave its folder is refused here, before helm sees it. Throws Error(integrity); Error(usage)
/// when the path is neither.
Chart load_chart(const std::filesystem::path& path);
/// The same for the bytes of a .tgz; `name` is for the errors.
Chart read_chart(Bytes tgz, const std::string& name);

/// Where a repository keeps one version of a chart.
struct ChartLocation {
  std::string version;            ///< as the index writes it
  std::vector<std::string> urls;  ///< absolute: https://, or oci:// with a tag
  std::string sha256;             ///< of the .tgz, lower-case hex; empty when the index has none
};

/// Finds `name` at exactly `version` (a leading v on either side does not count) in the bytes of a
/// repository's index.yaml, which was fetched below `repository_url`. Throws Error(unresolvable) with the
/// nearest name or the newest versions, Error(integrity) when the index is malformed.
/// Source: helm.sh/docs/topics/chart_repository, "The index file".
ChartLocation find_chart(std::string_view index, const std::string& repository_url, const std::string& name,
                         const std::string& version);

}  // namespace bundle::helm
