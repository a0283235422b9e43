#pragma once

#include <vector>

#include "base/yaml.hpp"
#include "site/site.hpp"

namespace bundle::site {

/// Reads `nodes:` of a site file: each value by its grammar, names and addresses each once.
std::vector<SiteNode> read_nodes(yaml::Reader& reader);

}  // namespace bundle::site
