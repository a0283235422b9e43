#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/process.hpp"

namespace bundle::helm {

struct RenderRequest {
  std::filesystem::path helm;  ///< the program; a bare name is looked up in PATH
  std::filesystem::path chart;
  std::vector<std::filesystem::path> values;
  std::string release = "rel";
  std::string namespace_ = "ns";
  bool skip_schema = false;  ///< values are not checked against the chart's schema (helm 3.16 and later)
  std::string kube_version;
  std::vector<std::string> api_versions;  ///< beyond Kubernetes' own: `monitoring.coreos.com/v1[/Kind]`
};

/// What `helm template --include-crds` prints, hooks included. helm runs with a HOME of its own, without the
/// user's environment and with proxies that lead nowhere, so that neither a plugin, a repository list nor the
/// network can change what comes out. Never hash it: charts make random secrets.
/// Works with Helm 3 and 4. Throws Error(unresolvable) with helm's own words.
std::string render(const RenderRequest& request, CommandRunner& runner);

}  // namespace bundle::helm
