#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/host.hpp"
#include "spec/site.hpp"

namespace bundle::host {

/// A row of the routing table, or the network of an own address.
struct HostRoute {
  spec::Ipv4Network network;
  std::string interface;
};

/// Whether a cluster's own network plugin makes interfaces of this name (cni0, flannel.1, cali…): what
/// they carry is the cluster's, not the site's.
bool is_cluster_interface(std::string_view interface);

/// Every IPv4 route but the default one, and the networks of the addresses; those of a cluster left out.
/// Throws Error(step) when `ip` fails.
std::vector<HostRoute> host_routes(const Host& host);

/// The first route that `network` overlaps, or null.
const HostRoute* overlapping(const std::vector<HostRoute>& routes, const spec::Ipv4Network& network);

/// A network of `prefix` bits that overlaps none of `routes` and none of `taken`; empty when all are in use.
std::string free_network(const std::vector<HostRoute>& routes, unsigned prefix,
                         const std::vector<std::string>& taken);

}  // namespace bundle::host
