#include "cluster/ports.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/node_files.hpp"

namespace bundle::cluster {
namespace {

Port tcp(std::uint64_t number, std::string user, Reach reach) {
  return {.range = {.first = number, .last = number}, .user = std::move(user), .reach = reach};
}

void add_all(std::vector<Port>& ports, const std::vector<spec::PortRange>& ranges, const std::string& user,
             Reach reach) {
  for (const spec::PortRange& range : ranges) {
    ports.push_back({.range = range, .user = user, .reach = reach});
  }
}

}  // namespace

std::vector<Port> ports_of(const format::Index& index, const site::Site& site, const ThisNode& node) {
  std::vector<Port> ports = {tcp(10250, "kubelet", Reach::nodes), tcp(10248, "kubelet", Reach::host),
                             tcp(10249, "kube-proxy", Reach::host), tcp(10256, "kube-proxy", Reach::nodes)};
  if (node.roles.contains("master")) {
    const Reach etcd = masters_of(site).size() > 1 ? Reach::nodes : Reach::host;
    ports.push_back(tcp(6443, "kube-apiserver", Reach::nodes));
    ports.push_back({.range = {.first = 2379, .last = 2380}, .user = "etcd", .reach = etcd});
    ports.push_back(tcp(2381, "etcd", Reach::host));  // its metrics, as kubeadm has it
    ports.push_back(tcp(10257, "kube-controller-manager", Reach::host));
    ports.push_back(tcp(10259, "kube-scheduler", Reach::host));
  }
  if (node.lb) {
    ports.push_back(tcp(parse_unsigned(endpoint_port(site, node)).value_or(0), "haproxy", Reach::nodes));
  }
  if (serves_time(site, node) && site.nodes.size() > 1) {
    ports.push_back({.range = {.first = 123, .last = 123, .transport = spec::Transport::udp},
                     .user = std::string(kTimeServer),
                     .reach = Reach::nodes});
  }
  for (const format::Component& component : index.components) {
    add_all(ports, component.ports.nodes, component.name, Reach::nodes);
    add_all(ports, component.ports.host, component.name, Reach::host);
  }
  ports.push_back({.range = {.first = 30000, .last = 32767}, .user = "Services", .reach = Reach::services});
  return ports;
}

void require_free_endpoint_port(const format::Index& index, const site::Site& site) {
  const std::optional<spec::Endpoint> endpoint = spec::parse_endpoint(site.endpoint);
  if (!endpoint) {
    return;
  }
  for (const site::SiteNode* balancer : balancers_of(site)) {
    const ThisNode node{.name = balancer->name, .address = balancer->address, .roles = balancer->roles};
    for (const Port& port : ports_of(index, site, node)) {
      const bool is_taken = port.range.transport == spec::Transport::tcp &&
                            port.range.first <= endpoint->port && endpoint->port <= port.range.last;
      if (is_taken) {
        throw Error(ErrorKind::spec, site.endpoint_position,
                    fmt::format("port {} of the endpoint is that of {} ({}) on the balancer '{}'",
                                endpoint->port, port.user, port.range.str(), node.name),
                    fmt::format("choose another, as in {}:6553", endpoint->host));
      }
    }
  }
}

std::vector<std::string> ip_protocols_of(const format::Index& index, const site::Site& site,
                                         const ThisNode& node) {
  std::vector<std::string> protocols;
  if (node.lb && site.vip) {
    protocols.emplace_back("vrrp");
  }
  for (const format::Component& component : index.components) {
    protocols.insert(protocols.end(), component.ports.protocols.begin(), component.ports.protocols.end());
  }
  return protocols;
}

std::vector<std::string> open_ports(const std::vector<Port>& ports) {
  std::vector<std::string> open;
  for (const Port& port : ports) {
    const std::string text = port.range.str();
    if (port.reach != Reach::host && std::find(open.begin(), open.end(), text) == open.end()) {
      open.push_back(text);
    }
  }
  return open;
}

}  // namespace bundle::cluster
