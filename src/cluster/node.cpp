#include "cluster/node.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "host/facts.hpp"
#include "host/host.hpp"

namespace bundle::cluster {
namespace {

spec::Roles parse_role_option(const std::string& text) {
  spec::Roles roles;
  const spec::Roles known = spec::all_roles();
  for (const std::string_view part : split(text, ',')) {
    const std::string role(trim(part));
    if (!known.contains(role)) {
      throw Error(ErrorKind::usage, fmt::format("unknown role '{}'", role),
                  "roles are master, worker and gpu");
    }
    roles.insert(role);
  }
  return roles;
}

std::string words(const spec::Roles& roles) { return join({roles.begin(), roles.end()}, ","); }

std::string words(const std::vector<host::HostAddress>& addresses) {
  std::vector<std::string> all;
  for (const host::HostAddress& address : addresses) {
    all.push_back(spec::format_ipv4(address.network.address));
  }
  return all.empty() ? "none" : join(all, ", ");
}

/// The address by which other hosts know this one: that of the interface with the default route.
const host::HostAddress& main_address(const host::Host& host,
                                      const std::vector<host::HostAddress>& addresses) {
  const std::string interface = host::default_interface(host);
  const auto found = std::find_if(addresses.begin(), addresses.end(), [&](const host::HostAddress& address) {
    return address.interface == interface;
  });
  return found != addresses.end() ? *found : addresses.front();
}

/// Where a site names no nodes, only this host, `node`, can answer at its endpoint, and there is no balancer.
void require_own_endpoint(const site::Site& site, const std::vector<host::HostAddress>& addresses,
                          const ThisNode& node) {
  const std::optional<spec::Endpoint> endpoint = spec::parse_endpoint(site.endpoint);
  if (!endpoint) {
    return;  // there is none: the node's own address
  }
  const bool is_own = endpoint->host == node.name ||
                      std::any_of(addresses.begin(), addresses.end(), [&](const host::HostAddress& address) {
                        return spec::format_ipv4(address.network.address) == endpoint->host;
                      });
  if (!is_own || endpoint->port != site::kApiPort) {
    throw Error(ErrorKind::spec, site.endpoint_position,
                fmt::format("the endpoint {} is not that of this host ({}), and there are no other nodes",
                            site.endpoint, words(addresses)),
                fmt::format("expected {}:{}, or 'nodes' of the site", node.address, site::kApiPort));
  }
}

ThisNode only_node(const host::Host& host, const site::Site& site,
                   const std::vector<host::HostAddress>& addresses, const std::string& role) {
  if (role.empty()) {
    throw Error(ErrorKind::usage, "what is this host to become?",
                "say --role master, or give a site file with --site");
  }
  if (addresses.empty()) {
    throw Error(ErrorKind::preflight, "this host has no IPv4 address",
                "ip address add ADDRESS/PREFIX dev INTERFACE");
  }
  const host::HostAddress& address = main_address(host, addresses);
  ThisNode node{.name = lower(host::host_name(host)),
                .address = spec::format_ipv4(address.network.address),
                .interface = address.interface,
                .roles = parse_role_option(role),
                .schedulable_master = true,
                .kubelet = site.kubelet.members};
  require_own_endpoint(site, addresses, node);
  return node;
}

std::vector<const site::SiteNode*> nodes_with(const site::Site& site, bool (*test)(const site::SiteNode&)) {
  std::vector<const site::SiteNode*> found;
  for (const site::SiteNode& node : site.nodes) {
    if (test(node)) {
      found.push_back(&node);
    }
  }
  return found;
}

}  // namespace

ThisNode find_this_node(const host::Host& host, const site::Site& site, const std::string& role) {
  const std::vector<host::HostAddress> addresses = host::host_addresses(host);
  if (site.nodes.empty()) {
    return only_node(host, site, addresses, role);
  }
  for (const site::SiteNode& node : site.nodes) {
    const auto found =
        std::find_if(addresses.begin(), addresses.end(), [&](const host::HostAddress& address) {
          return spec::format_ipv4(address.network.address) == node.address;
        });
    if (found == addresses.end()) {
      continue;
    }
    if (!role.empty() && parse_role_option(role) != node.roles) {
      throw Error(
          ErrorKind::spec, node.position,
          fmt::format("node '{}' has the roles {}, but --role says {}", node.name, words(node.roles), role),
          "leave --role out, or change the site file");
    }
    ThisNode made = node_of(site, node);
    made.interface = found->interface;
    return made;
  }
  throw Error(
      ErrorKind::spec,
      fmt::format("{}: no node has an address of this host ({})", site.file.string(), words(addresses)),
      "add this host to 'nodes'");
}

ThisNode node_of(const site::Site& site, const site::SiteNode& node) {
  return {.name = node.name,
          .address = node.address,
          .roles = node.roles,
          .lb = node.lb,
          .schedulable_master = site.nodes.size() == 1 || node.schedulable,
          .labels = node.labels,
          .taints = node.taints,
          .kubelet = node.kubelet.members};
}

std::vector<std::string> taints_of(const ThisNode& node) {
  const bool keeps_pods_off =
      node.taints.empty() && node.roles.contains("master") && !node.schedulable_master;
  return keeps_pods_off ? std::vector<std::string>{"node-role.kubernetes.io/control-plane:NoSchedule"}
                        : node.taints;
}

std::string endpoint_of(const site::Site& site, const ThisNode& node) {
  if (!site.endpoint.empty()) {
    return site.endpoint;
  }
  const std::vector<const site::SiteNode*> masters = masters_of(site);
  return fmt::format("{}:{}", masters.empty() ? node.address : masters.front()->address, site::kApiPort);
}

std::string endpoint_port(const site::Site& site, const ThisNode& node) {
  const std::string endpoint = endpoint_of(site, node);
  return endpoint.substr(endpoint.rfind(':') + 1);
}

std::vector<const site::SiteNode*> masters_of(const site::Site& site) {
  return nodes_with(site, [](const site::SiteNode& node) { return node.roles.contains("master"); });
}

std::vector<const site::SiteNode*> balancers_of(const site::Site& site) {
  return nodes_with(site, [](const site::SiteNode& node) { return node.lb; });
}

}  // namespace bundle::cluster
