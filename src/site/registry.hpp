#pragma once

#include "base/yaml.hpp"
#include "site/site.hpp"

namespace bundle::site {

/// The mirror of registries: `registry:`.
void read_registry(yaml::Reader& reader, Site& made);

}  // namespace bundle::site
