#pragma once

#include <vector>

#include "serve/addresses.hpp"

namespace bundle::serve {

/// The addresses under which a server that listens on `address` can be reached: that one, or all of this
/// host's where it is the one that stands for any. Link-local IPv6 ones, which need an interface, are left
/// out.
std::vector<Address> reachable_addresses(const Address& address);

}  // namespace bundle::serve
