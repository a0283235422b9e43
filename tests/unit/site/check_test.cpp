#include "site/check.hpp"

#include <doctest/doctest.h>

#include "unit/site/refused.hpp"

// What the answers of a site say together.
namespace bundle::site {
namespace {

const std::string kMaster = "nodes:\n  - {name: m1, address: 10.0.0.1, roles: [master]}\n";
const std::string kBoth = "nodes:\n  - {name: m1, address: 10.0.0.1, roles: [master, lb]}\n";
const std::string kVip = "vip: {address: 10.0.0.100/24}\n";

std::string endpoint(const std::string& text) { return "cluster: {endpoint: \"" + text + "\"}\n"; }

}  // namespace

TEST_CASE("a MIG profile is a label of each GPU node that has no own one") {
  const std::string nodes =
      "nodes:\n  - {name: m1, address: 10.0.0.1, roles: [master]}\n  - {name: g1, address: 10.0.0.2, roles: "
      "[gpu]}\n"
      "  - {name: g2, address: 10.0.0.3, roles: [gpu], labels: {nvidia.com/mig.config: all-balanced}}\n";
  const Site site = read_site("gpu: {mig: all-1g.10gb}\n" + nodes, "site.yml");
  CHECK(site.nodes[0].labels.empty());
  CHECK(site.nodes[1].labels.at("nvidia.com/mig.config") == "all-1g.10gb");
  CHECK(site.nodes[2].labels.at("nvidia.com/mig.config") == "all-balanced");
  CHECK(read_site("gpu: {mig: none}\n" + nodes, "site.yml").nodes[1].labels.empty());
  check("gpu: {mig: all 1g}\n" + nodes, "1:12", "'all 1g' is not the name of a MIG profile", "all-balanced");
  check("gpu: {mig: all-1g.10gb}\nnodes: [{name: m1, address: 10.0.0.1, roles: [master]}]\n", "1:12",
        "'mig' is for GPU nodes, and no node has the role gpu", "such a node");
}

TEST_CASE("case 06: haproxy and the API server of one node cannot have one port") {
  check(
      "cluster: {name: s, endpoint: \"10.99.0.100:6443\", serviceSubnet: 10.112.0.0/16}\n"
      "vip: {address: 10.99.0.100/24, virtualRouterId: 61}\n"
      "nodes:\n  - {name: node1, address: 10.99.0.11, roles: [master, lb]}\n",
      "1:30", "port 6443 is the API server's own on 'node1', a node that is master and lb",
      "choose another, as in 10.99.0.100:6553");
  CHECK_NOTHROW(read_site(endpoint("10.0.0.100:6553") + kVip + kBoth, "site.yml"));
  // A balancer that is no master can have it.
  CHECK_NOTHROW(read_site(endpoint("10.0.0.100:6443") + kVip + kMaster +
                              "  - {name: w1, address: 10.0.0.2, roles: [worker, lb]}\n",
                          "site.yml"));
}

TEST_CASE("case 07: what kubeadm, the API or keepalived would refuse") {
  check("cluster: {endpoint: \"https://10.99.0.100:6553\", serviceSubnet: 10.112.0.0/16}\n" + kMaster, "1:21",
        "'https://10.99.0.100:6553' is not an endpoint", "without a scheme");
  check("cluster: {podSubnet: 10.244.0.0/26, serviceSubnet: 10.112.0.0/16}\n" + kMaster, "1:22",
        "'10.244.0.0/26' is not a network of a fitting size for 'podSubnet'", "/8 to /24");
  check("nodes:\n  - {name: node1, address: 10.99.0.11, roles: [master], taints: [\"gpu=true:NoSchedul\"]}\n",
        "2:66", "'gpu=true:NoSchedul' is not a taint", "NoSchedule, PreferNoSchedule and NoExecute");
  check(
      "nodes:\n  - {name: node1, address: 10.99.0.11, roles: [master], labels: {\"gpu type\": \"A100 "
      "80GB\"}}\n",
      "2:66", "'gpu type' is not a key for a label", "[PREFIX/]NAME");
  check(
      "cluster: {endpoint: \"10.99.0.100:6553\", serviceSubnet: 10.112.0.0/16}\n"
      "vip: {address: 10.99.0.100/24, virtualRouterId: 61}\n" +
          kMaster,
      "2:6", "no node has the role lb, so that nobody holds the virtual address 10.99.0.100", "[master, lb]");
  check(endpoint("10.0.0.9:6443") + kMaster, "1:21",
        "the endpoint 10.0.0.9 is neither the virtual address nor a node", "first master");
  check(endpoint("10.0.0.9:6553") + kVip + kBoth, "1:21",
        "the endpoint 10.0.0.9 is neither the virtual address nor a node", "expected 10.0.0.100:6553");
}

TEST_CASE("an endpoint without a virtual address is where an API server listens") {
  for (const char* text : {"10.0.0.1:6443", "m1:6443"}) {
    CHECK_NOTHROW(read_site(endpoint(text) + kMaster, "site.yml"));
  }
  check(endpoint("m1:6553") + kMaster, "1:21",
        "nobody listens on port 6553 of 'm1': its API server has 6443, and it is no balancer",
        "expected m1:6443");
  const std::string two = kMaster + "  - {name: w1, address: 10.0.0.2, roles: [worker]}\n" +
                          "  - {name: m2, address: 10.0.0.3, roles: [master]}\n";
  for (const char* name : {"w1", "m2"}) {
    check(endpoint(std::string(name) + ":6443") + two, "1:21",
          "the endpoint is '" + std::string(name) + "', which is neither the first master nor a balancer",
          "expected 10.0.0.1:6443");
  }
}

TEST_CASE("a virtual address is used, held by balancers of its network, and nobody's own") {
  check(kVip + kBoth, "1:6", "nothing uses the virtual address 10.0.0.100: there is no endpoint",
        "endpoint: \"10.0.0.100:6553\"");
  check(kBoth, "2:42", "'m1' has the role lb, and there is no virtual address for it to hold",
        "vip: {address:");
  check(endpoint("10.0.0.1:6553") + "vip: {address: 10.0.0.1/24}\n" + kBoth, "2:16",
        "the virtual address 10.0.0.1 is that of the node 'm1'", "nobody has");
  check(endpoint("10.0.1.100:6553") + "vip: {address: 10.0.1.100/24}\n" + kBoth, "4:25",
        "the balancer 'm1' has 10.0.0.1, which lies outside the virtual address's network 10.0.1.100/24",
        "one network");
  // keepalived's own way to write it says nothing of the network.
  CHECK_NOTHROW(
      read_site(endpoint("10.0.0.100:6553") + "vip: {address: 10.0.0.100/32}\n" + kBoth, "site.yml"));
}

TEST_CASE("networks keep clear of each other, of the nodes, and have room for them") {
  check("cluster: {podSubnet: 10.0.0.0/8}\n", "1:22",
        "podSubnet 10.0.0.0/8 and serviceSubnet 10.96.0.0/12 overlap", "no address in common");
  check("cluster: {podSubnet: 10.50.0.0/16, serviceSubnet: 10.50.128.0/20}\n", "1:51",
        "podSubnet 10.50.0.0/16 and serviceSubnet 10.50.128.0/20 overlap", "no address in common");
  check("cluster: {podSubnet: 10.0.0.0/16}\n" + kMaster, "1:22",
        "podSubnet 10.0.0.0/16 holds the address 10.0.0.1 of the node 'm1'", "does not use");
  check(
      "cluster: {serviceSubnet: 10.0.0.0/16, endpoint: \"172.16.0.100:6553\"}\n"
      "vip: {address: 172.16.0.100/12}\nnodes:\n  - {name: m1, address: 172.16.0.1, roles: [master, lb]}\n"
      "  - {name: w1, address: 10.0.9.1, roles: [worker]}\n",
      "1:26", "serviceSubnet 10.0.0.0/16 holds the address 10.0.9.1 of the node 'w1'", "does not use");
  check("cluster: {podSubnet: 10.50.0.0/24}\n" + kMaster +
            "  - {name: w1, address: 10.0.0.2, roles: [worker]}\n",
        "1:22", "podSubnet 10.50.0.0/24 has room for 1 node of a /24 each, and the site has 2", "larger");
}

TEST_CASE("a network that is not written is left to preflight, which knows a free one") {
  CHECK_NOTHROW(read_site("nodes: [{name: m1, address: 10.99.0.11, roles: [master]}]\n", "site.yml"));
}

TEST_CASE("taints leave a place for CoreDNS") {
  check(
      "nodes:\n  - {name: m1, address: 10.0.0.1, roles: [master], taints: [\"a=b:NoSchedule\"]}\n"
      "  - {name: w1, address: 10.0.0.2, roles: [gpu], taints: [\"a:NoExecute\"]}\n",
      "2:60",
      "every node has a taint, so that there is no place for CoreDNS and for what the components bring",
      "PreferNoSchedule");
  for (const char* taint : {"a=b:PreferNoSchedule", "node-role.kubernetes.io/control-plane:NoSchedule"}) {
    CHECK_NOTHROW(read_site(
        "nodes: [{name: m1, address: 10.0.0.1, roles: [master], taints: [\"" + std::string(taint) + "\"]}]\n",
        "site.yml"));
  }
}

TEST_CASE("a node is no time server of its own site") {
  for (const char* server : {"10.0.0.1", "m1"}) {
    check(kMaster + "time:\n  servers: [10.0.0.9, " + server + "]\n", "4:23",
          "the time server " + std::string(server) + " is a node of this site", "servers: []");
  }
}

}  // namespace bundle::site
