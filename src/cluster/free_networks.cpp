#include "cluster/free_networks.hpp"

#include "cluster/pod_network.hpp"
#include "host/routes.hpp"

namespace bundle::cluster {

site::Site with_free_networks(const host::Host& host, const format::Index& index, site::Site site) {
  if (!site.file.empty()) {
    return site;
  }
  const std::vector<host::HostRoute> routes = host::host_routes(host, pod_network(index).links);
  const auto choose = [&](std::string& network, const std::string& other) {
    if (host::overlapping(routes, *spec::parse_ipv4_network(network)) == nullptr) {
      return;
    }
    if (std::string free = host::free_network(routes, 16, {other}); !free.empty()) {
      network = std::move(free);
    }
  };
  choose(site.pod_subnet, site.service_subnet);
  choose(site.service_subnet, site.pod_subnet);
  return site;
}

}  // namespace bundle::cluster
