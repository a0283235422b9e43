#include <algorithm>
#include <array>
#include <map>

#include "base/text.hpp"
#include "cluster/node.hpp"
#include "cluster/pod_network.hpp"
#include "host/facts.hpp"
#include "host/host.hpp"
#include "host/routes.hpp"
#include "preflight/inspection.hpp"

namespace bundle::preflight {
namespace {

void check_hostname(Inspection& look) {
  const std::string& name = look.node.name;
  if (name.starts_with("localhost")) {
    look.error("hostname", fmt::format("this host is called '{}', as every other one without a name", name),
               "hostnamectl set-hostname NAME");
  } else if (!spec::is_node_name(name)) {
    look.error(
        "hostname",
        fmt::format("'{}' is not a name for a node: lower-case letters, digits, '-' and '.', at most 63",
                    name),
        "hostnamectl set-hostname NAME");
  }
  if (const std::string now = host::host_name(look.host); now != name) {
    look.host.log.info(fmt::format("this host is called '{}' and becomes '{}'", now, name));
  }
}

/// Names of nodes in /etc/hosts with another address; no DNS is asked.
void check_hosts_file(Inspection& look) {
  std::map<std::string, std::string, std::less<>> addresses{{look.node.name, look.node.address}};
  for (const site::SiteNode& node : look.site.nodes) {
    addresses.insert_or_assign(node.name, node.address);
  }
  const std::string text = look.host.read("/etc/hosts").value_or("");
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> words = split_words(line.substr(0, line.find('#')));
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto node = addresses.find(words[i]);
      const bool is_ipv4 = spec::parse_ipv4(words[0]).has_value();
      if (node != addresses.end() && node->first != "localhost" && is_ipv4 && words[0] != node->second) {
        look.warning("hosts-file",
                     fmt::format("/etc/hosts says that '{}' is {}, but the node has {}", node->first,
                                 words[0], node->second),
                     "take that line out of /etc/hosts; the installation adds the right one");
      }
    }
  }
}

void check_default_route(Inspection& look) {
  if (!host::default_interface(look.host).empty()) {
    return;
  }
  // Without one, packets to a service's address find no route before kube-proxy could turn them round.
  const std::vector<host::HostRoute> routes =
      host::host_routes(look.host, cluster::pod_network(look.index).links);
  const spec::Ipv4Network services = *spec::parse_ipv4_network(look.site.service_subnet);
  const bool has_route = std::any_of(routes.begin(), routes.end(), [&](const host::HostRoute& route) {
    return route.network == services && route.interface == look.node.interface;
  });
  if (!has_route) {
    look.error(
        "no-default-route",
        fmt::format(
            "there is no default route (ip route), so that pods of this host cannot reach services in {}",
            look.site.service_subnet),
        fmt::format(
            "nmcli connection modify {0} ipv4.gateway ADDRESS && nmcli connection up {0}; the gateway need "
            "not lead anywhere",
            look.node.interface));
  }
}

void check_resolver(Inspection& look) {
  const std::vector<std::string> servers = host::name_servers(look.host);
  const bool is_loopback =
      !servers.empty() && std::all_of(servers.begin(), servers.end(), host::is_loopback_server);
  if (servers.empty()) {
    look.warning("no-nameserver",
                 "/etc/resolv.conf names no server: CoreDNS has nothing to forward to and stops with 'no "
                 "nameservers found'",
                 "echo 'nameserver ADDRESS' >> /etc/resolv.conf, with this site's DNS server, or this host's "
                 "own address");
  } else if (is_loopback && host::resolver_file(look.host).empty()) {
    look.warning(
        "loopback-nameserver",
        fmt::format(
            "/etc/resolv.conf names {} only: in a pod that is the pod itself, and CoreDNS stops at a loop",
            join(servers, ", ")),
        "put the site's DNS server into /etc/resolv.conf");
  }
}

void check_networks(Inspection& look) {
  const std::vector<host::HostRoute> routes =
      host::host_routes(look.host, cluster::pod_network(look.index).links);
  const auto check = [&](const char* id, const char* key, const std::string& text, const std::string& other) {
    const spec::Ipv4Network network = *spec::parse_ipv4_network(text);
    const host::HostRoute* route = host::overlapping(routes, network);
    const bool is_meant =
        route != nullptr && route->network == network;  // the route that stands in for a default one
    if (route == nullptr || is_meant) {
      return;
    }
    const std::string free = host::free_network(routes, 16, {other});
    look.error(
        id,
        fmt::format("the cluster's {} {} overlaps with {} of this host ({})", key, text,
                    to_string(route->network), route->interface),
        free.empty()
            ? fmt::format("in the site file: cluster: {{{}: …}}, a network that this site does not use", key)
            : fmt::format("in the site file: cluster: {{{}: {}}}", key, free));
  };
  check("pod-subnet-overlap", "podSubnet", look.site.pod_subnet, look.site.service_subnet);
  check("service-subnet-overlap", "serviceSubnet", look.site.service_subnet, look.site.pod_subnet);
}

/// It takes away routes and addresses that it does not know of.
void check_cloud_setup(Inspection& look) {
  for (const char* link : {"/etc/systemd/system/timers.target.wants/nm-cloud-setup.timer",
                           "/etc/systemd/system/NetworkManager.service.wants/nm-cloud-setup.service"}) {
    if (look.host.exists(link)) {
      look.error("nm-cloud-setup",
                 fmt::format("nm-cloud-setup is enabled ({}): it removes the pods' routes", link),
                 "systemctl disable --now nm-cloud-setup.service nm-cloud-setup.timer");
      return;
    }
  }
}

}  // namespace

std::vector<NamedCheck> network_checks() {
  return {{"the name of the host", check_hostname},   {"/etc/hosts", check_hosts_file},
          {"the default route", check_default_route}, {"/etc/resolv.conf", check_resolver},
          {"the cluster's networks", check_networks}, {"nm-cloud-setup", check_cloud_setup}};
}

}  // namespace bundle::preflight
