#include "cluster/ports.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.hpp"
#include "support/thrown.hpp"
#include "unit/cluster/sites.hpp"

namespace bundle::cluster {
namespace {

using Texts = std::vector<std::string>;

/// A bundle with a pod network over VXLAN and IPIP.
format::Index with_network() {
  return {
      .components = {{.name = "net",
                      .network = spec::PodNetwork{.links = {"net*"}, .chains = {"NET-"}},
                      .ports = {.nodes = {{.first = 4789, .last = 4789, .transport = spec::Transport::udp}},
                                .host = {{.first = 9099, .last = 9099}},
                                .protocols = {"ipip"}}}}};
}

Texts users(const std::vector<Port>& ports, Reach reach) {
  Texts all;
  for (const Port& port : ports) {
    if (port.reach == reach) {
      all.push_back(port.user + " " + port.range.str());
    }
  }
  return all;
}

}  // namespace

TEST_CASE("a single master keeps etcd and the controllers to itself") {
  const std::vector<Port> ports = ports_of({}, {}, {.name = "n", .address = "10.0.0.5", .roles = {"master"}});
  CHECK(open_ports(ports) == Texts{"10250/tcp", "10256/tcp", "6443/tcp", "30000-32767/tcp"});
  CHECK(users(ports, Reach::host) == Texts{"kubelet 10248/tcp", "kube-proxy 10249/tcp", "etcd 2379-2380/tcp",
                                           "etcd 2381/tcp", "kube-controller-manager 10257/tcp",
                                           "kube-scheduler 10259/tcp"});
}

TEST_CASE("a single master does so among workers, too") {
  site::Site site = test::three_masters();
  std::erase_if(site.nodes,
                [](const site::SiteNode& node) { return node.name == "m2" || node.name == "m3"; });
  const std::vector<Port> ports = ports_of({}, site, test::node_of(site, 0));
  for (const char* text : {"2379-2380/tcp", "2381/tcp", "10257/tcp", "10259/tcp"}) {
    CAPTURE(text);
    const Texts open = open_ports(ports);
    CHECK(std::find(open.begin(), open.end(), text) == open.end());
  }
}

TEST_CASE("masters of one site reach each other's etcd, and balancers each other's VRRP") {
  const site::Site site = test::three_masters();
  const ThisNode balancer = test::node_of(site, 0);
  CHECK(open_ports(ports_of({}, site, balancer)) ==
        Texts{"10250/tcp", "10256/tcp", "6443/tcp", "2379-2380/tcp", "6553/tcp", "30000-32767/tcp"});
  CHECK(ip_protocols_of({}, site, balancer) == Texts{"vrrp"});
  ThisNode plain = balancer;
  plain.lb = false;
  CHECK(open_ports(ports_of({}, site, plain)) ==
        Texts{"10250/tcp", "10256/tcp", "6443/tcp", "2379-2380/tcp", "30000-32767/tcp"});
  CHECK(ip_protocols_of({}, site, plain).empty());
}

TEST_CASE("a master whose clock is the site's is asked for the time by the others") {
  site::Site site = test::three_masters();
  const auto asks = [&](std::size_t node) {
    const Texts open = open_ports(ports_of({}, site, test::node_of(site, node)));
    return std::count(open.begin(), open.end(), "123/udp");
  };
  CHECK(asks(0) == 0);  // no word of time: the host's own clock service
  site.time_servers.emplace();
  CHECK(asks(0) == 1);
  CHECK(asks(1) == 0);
  site.time_servers = Texts{"10.0.0.200"};
  CHECK(asks(0) == 0);
  site.time_servers.emplace();
  site.nodes.resize(1);
  CHECK(asks(0) == 0);
}

TEST_CASE("a worker opens what the kubelet, kube-proxy and Services need, and nothing of a master") {
  const site::Site site = test::three_masters();
  CHECK(open_ports(ports_of({}, site, test::node_of(site, 3))) ==
        Texts{"10250/tcp", "10256/tcp", "30000-32767/tcp"});
}

TEST_CASE("what a component listens on is its own data") {
  const std::vector<Port> ports = ports_of(with_network(), {}, {.roles = {"worker"}});
  CHECK(open_ports(ports) == Texts{"10250/tcp", "10256/tcp", "4789/udp", "30000-32767/tcp"});
  CHECK(users(ports, Reach::host) == Texts{"kubelet 10248/tcp", "kube-proxy 10249/tcp", "net 9099/tcp"});
  CHECK(ip_protocols_of(with_network(), {}, {.roles = {"worker"}}) == Texts{"ipip"});
}

TEST_CASE("haproxy's port is nobody else's on any balancer") {
  site::Site site = test::three_masters();
  CHECK_NOTHROW(require_free_endpoint_port(with_network(), site));
  site.endpoint_position = {.file = "site.yml", .line = 1, .column = 21};
  for (const auto& [port, user] :
       {std::pair{"10250", "kubelet"}, std::pair{"10259", "kube-scheduler"}, std::pair{"2380", "etcd"},
        std::pair{"6443", "kube-apiserver"}, std::pair{"9099", "net"}, std::pair{"30080", "Services"}}) {
    CAPTURE(port);
    site.endpoint = std::string("10.0.0.100:") + port;
    const Error error = test::thrown_by([&] { require_free_endpoint_port(with_network(), site); });
    CHECK(error.kind() == ErrorKind::spec);
    CHECK(error.position() == site.endpoint_position);
    CHECK(test::holds(error.message(), std::string("that of ") + user + " ("));
    CHECK(test::holds(error.message(), "'m1'"));
  }
  site.endpoint = "10.0.0.100:4789";  // the network's is UDP
  CHECK_NOTHROW(require_free_endpoint_port(with_network(), site));
  for (site::SiteNode& node : site.nodes) {
    node.lb = false;
  }
  site.endpoint = "10.0.0.1:6443";
  CHECK_NOTHROW(require_free_endpoint_port(with_network(), site));
}

TEST_CASE("a port that two things share is opened once") {
  format::Index index = with_network();
  index.components[0].ports.nodes = {{.first = 10250, .last = 10250}};
  CHECK(open_ports(ports_of(index, {}, {.roles = {"worker"}})) ==
        Texts{"10250/tcp", "10256/tcp", "30000-32767/tcp"});
}

}  // namespace bundle::cluster
