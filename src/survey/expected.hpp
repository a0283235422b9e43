#pragma once

#include <string>
#include <vector>

#include "format/index.hpp"
#include "host/host.hpp"
#include "spec/component.hpp"
#include "survey/picture.hpp"

namespace bundle::survey {

/// What the last installation on this host was to make.
struct Expected {
  std::string node;
  std::string bundle;
  std::string version;
  spec::Roles roles;
  Known<format::Index> index;  ///< as the installation kept it, byte for byte as its journal says
  std::vector<Host> site;      ///< the nodes that it named in /etc/hosts
};

/// Throws Error(preflight) on a host that is no master of a cluster that bundle made.
Expected expected_of(const host::Host& host);

}  // namespace bundle::survey
