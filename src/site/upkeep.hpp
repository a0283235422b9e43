#pragma once

#include "base/yaml.hpp"
#include "site/site.hpp"

namespace bundle::site {

/// What masters do by themselves: `certificates:` and `etcd:`.
void read_upkeep(yaml::Reader& reader, Site& made);

}  // namespace bundle::site
