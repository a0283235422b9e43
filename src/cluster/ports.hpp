#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/node.hpp"
#include "format/index.hpp"
#include "host/sockets.hpp"

namespace bundle::cluster {

/// A port on which something of ours listens.
struct Port {
  host::Protocol protocol = host::Protocol::tcp;
  std::uint64_t number = 0;
  const char* user = "";  ///< of ours
};

/// What listens on a node of this role.
std::vector<Port> ports_of(const format::Index& index, const spec::Site& site, const ThisNode& node);

}  // namespace bundle::cluster
