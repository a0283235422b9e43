#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"
#include "spec/component_network.hpp"
#include "spec/ipv4.hpp"

namespace bundle::host {

/// A row of the routing table, or the network of an own address.
struct HostRoute {
  spec::Ipv4Network network;
  std::string interface;
};

/// Every IPv4 route but the default one, and the networks of the addresses. Those of `cluster_links` (as in
/// spec::PodNetwork) are left out: what they carry is the cluster's, not the site's. Throws Error(step) when
/// `ip` fails.
std::vector<HostRoute> host_routes(const Host& host, const std::vector<std::string>& cluster_links);

/// The first route that `network` overlaps, or null.
const HostRoute* overlapping(const std::vector<HostRoute>& routes, const spec::Ipv4Network& network);

/// A network of `prefix` bits that overlaps none of `routes` and none of `taken`; empty when all are in use.
std::string free_network(const std::vector<HostRoute>& routes, unsigned prefix,
                         const std::vector<std::string>& taken);

}  // namespace bundle::host
