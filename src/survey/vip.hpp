#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "survey/picture.hpp"

namespace bundle::survey {

/// The virtual address of the cluster: keepalived's on a balancer; elsewhere the endpoint's, when it is an
/// address that none of these hosts has for itself. Nothing where there is none, or the endpoint is a name.
std::optional<std::string> virtual_address(const host::Host& host, const std::string& endpoint,
                                           const std::vector<Host>& nodes);

/// Who has it. A master cannot look into other hosts; it looks at its own addresses, asks the network by ARP
/// and counts the different MAC addresses that answer, which it knows as nodes by the kernel's table of
/// neighbours. An address behind a router is not to be asked for so.
Vip vip_of(const host::Host& host, const std::string& address, const std::vector<Host>& nodes);

}  // namespace bundle::survey
