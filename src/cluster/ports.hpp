#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/node.hpp"
#include "format/index.hpp"
#include "spec/component_network.hpp"

namespace bundle::cluster {

/// Who must reach a port.
enum class Reach { host, nodes, services };

/// The program that serves time, where `time: {servers: []}` has the first master do so.
constexpr std::string_view kTimeServer = "chronyd";

/// Ports on which something of ours listens.
struct Port {
  spec::PortRange range;
  std::string user;  ///< `kubelet`
  Reach reach = Reach::nodes;
};

/// What listens on a node with these roles, and what its firewall must let through: one table for both. A
/// single master keeps etcd to itself. Reach::services are the ports of Services, which nothing holds
/// beforehand. Source: https://kubernetes.io/docs/reference/networking/ports-and-protocols/
std::vector<Port> ports_of(const format::Index& index, const site::Site& site, const ThisNode& node);

/// Throws Error(spec) at the site's endpoint when its port, on which haproxy listens, is on some balancer of
/// the site that of another program of ours, or one that a Service may get.
void require_free_endpoint_port(const format::Index& index, const site::Site& site);

/// The IP protocols beside TCP and UDP that such a node exchanges with others: `vrrp`, `ipip`.
std::vector<std::string> ip_protocols_of(const format::Index& index, const site::Site& site,
                                         const ThisNode& node);

/// Those that others must reach, as firewall-cmd takes them (`2379-2380/tcp`), each once.
std::vector<std::string> open_ports(const std::vector<Port>& ports);

}  // namespace bundle::cluster
