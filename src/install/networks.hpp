#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "install/host.hpp"
#include "spec/site.hpp"

namespace bundle::install {

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

/// Without a site file nobody has chosen the cluster's networks: where a default overlaps with a route of
/// this host, another one takes its place. Gives the same answer before and after the installation. A site
/// file is left as it is (preflight finds its overlaps).
spec::Site with_free_networks(const Host& host, spec::Site site);

}  // namespace bundle::install
