#pragma once

#include "base/yaml.hpp"
#include "site/site.hpp"

namespace bundle::site {

/// Checks what the answers of a site say together, each of them well formed: networks that overlap or are too
/// small, a virtual address that nobody holds, an endpoint at which nobody answers, taints that leave no
/// place. `root` is the document that `site` was read from; errors are Error(spec) at a place in it.
void check_site(const yaml::Node& root, const Site& site);

}  // namespace bundle::site
