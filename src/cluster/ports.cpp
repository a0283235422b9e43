#include "cluster/ports.hpp"

#include "base/text.hpp"

namespace bundle::cluster {

std::vector<Port> ports_of(const format::Index& index, const spec::Site& site, const ThisNode& node) {
  std::vector<Port> ports = {{.number = 10250, .user = "kubelet"},
                             {.number = 10248, .user = "kubelet"},
                             {.number = 10249, .user = "kube-proxy"},
                             {.number = 10256, .user = "kube-proxy"}};
  if (node.roles.contains("master")) {
    const std::vector<Port> more = {{.number = 6443, .user = "kube-apiserver"},
                                    {.number = 2379, .user = "etcd"},
                                    {.number = 2380, .user = "etcd"},
                                    {.number = 10257, .user = "kube-controller-manager"},
                                    {.number = 10259, .user = "kube-scheduler"}};
    ports.insert(ports.end(), more.begin(), more.end());
  }
  if (node.lb) {
    ports.push_back({.number = parse_unsigned(endpoint_port(site, node)).value_or(0), .user = "haproxy"});
  }
  if (index.find_component("calico") != nullptr) {
    ports.push_back({.number = 179, .user = "Calico's BGP"});
    ports.push_back({.number = 9099, .user = "Calico"});
    ports.push_back({.protocol = host::Protocol::udp, .number = 4789, .user = "Calico's VXLAN"});
  }
  if (index.find_component("flannel") != nullptr) {
    ports.push_back({.protocol = host::Protocol::udp, .number = 8472, .user = "flannel's VXLAN"});
  }
  return ports;
}

}  // namespace bundle::cluster
