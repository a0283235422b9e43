#pragma once

#include <vector>

#include "base/yaml.hpp"
#include "site/site.hpp"

namespace bundle::site {

/// Reads `nodeGroups:` and `nodes:` of a site file: each value by its grammar, names and addresses each once.
/// `kubelet`: what the whole site says of kubelets.
std::vector<SiteNode> read_nodes(yaml::Reader& reader, const Kubelet& kubelet);

}  // namespace bundle::site
