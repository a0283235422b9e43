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
std::vector<Port> ports_of(const format::Index& index, const spec::Site& site, const ThisNode& node);

/// The IP protocols beside TCP and UDP that such a node exchanges with others: `vrrp`, `ipip`.
std::vector<std::string> ip_protocols_of(const format::Index& index, const spec::Site& site,
                                         const ThisNode& node);

/// Those that others must reach, as firewall-cmd takes them (`2379-2380/tcp`), each once.
std::vector<std::string> open_ports(const std::vector<Port>& ports);

}  // namespace bundle::cluster
