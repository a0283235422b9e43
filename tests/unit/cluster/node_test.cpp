#include "cluster/node.hpp"

#include <doctest/doctest.h>

#include "support/healthy_host.hpp"
#include "support/thrown.hpp"
#include "unit/cluster/sites.hpp"

namespace bundle::cluster {
namespace {

using test::HealthyHost;
using test::thrown_by;

void set_addresses(HealthyHost& fake, const std::string& json) {
  fake.runner.on({"ip", "-j", "-4", "address"}, {.out = json});
}

std::string address(const std::string& interface, const std::string& local) {
  return R"({"ifname":")" + interface + R"(","addr_info":[{"local":")" + local + R"(","prefixlen":24}]})";
}

}  // namespace

TEST_CASE("without a site the host is its only node, at the address of its default route") {
  HealthyHost fake;
  fake.put("/proc/sys/kernel/hostname", "Node1\n");
  set_addresses(fake, "[" + address("eth1", "192.168.9.9") + "," + address("eth0", "10.0.0.5") + "]");
  const ThisNode node = find_this_node(fake.host, {}, "master,gpu");
  CHECK(node.name == "node1");
  CHECK(node.address == "10.0.0.5");
  CHECK(node.interface == "eth0");
  CHECK(node.roles == spec::Roles{"gpu", "master"});
  CHECK(node.schedulable_master);
  CHECK_FALSE(node.lb);
  CHECK(endpoint_of({}, node) == "10.0.0.5:6443");
  CHECK(endpoint_port({}, node) == "6443");
}

TEST_CASE("without a default route the first address counts") {
  HealthyHost fake;
  fake.set_routes("[]");
  set_addresses(fake, "[" + address("eth7", "10.7.0.7") + "]");
  CHECK(find_this_node(fake.host, {}, "master").address == "10.7.0.7");
}

TEST_CASE("without a site and a role nobody says what the host becomes") {
  HealthyHost fake;
  CHECK(thrown_by([&] { find_this_node(fake.host, {}, ""); }).kind() == ErrorKind::usage);
  const Error error = thrown_by([&] { find_this_node(fake.host, {}, "master,boss"); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.message() == "unknown role 'boss'");
}

TEST_CASE("a host without an address is no node") {
  HealthyHost fake;
  set_addresses(fake, "[]");
  CHECK(thrown_by([&] { find_this_node(fake.host, {}, "master"); }).kind() == ErrorKind::preflight);
  const Error error = thrown_by([&] { find_this_node(fake.host, test::three_masters(), ""); });
  CHECK(error.kind() == ErrorKind::spec);
  CHECK(error.message() == "site.yml: no node has an address of this host (none)");
}

TEST_CASE("in a site a host finds itself by any of its addresses") {
  HealthyHost fake;
  set_addresses(fake, "[" + address("eth0", "172.16.0.1") + "," + address("eth1", "10.0.0.2") + "]");
  const ThisNode node = find_this_node(fake.host, test::three_masters(), "");
  CHECK(node.name == "m2");
  CHECK(node.interface == "eth1");
  CHECK(node.lb);
  CHECK_FALSE(node.schedulable_master);
  CHECK(endpoint_of(test::three_masters(), node) == "10.0.0.100:6553");
  CHECK(endpoint_port(test::three_masters(), node) == "6553");
}

TEST_CASE("a site of one node is schedulable, with its labels and taints") {
  HealthyHost fake;
  const site::Site site = site::read_site(
      "nodes:\n  - {name: only, address: 10.0.0.5, roles: [master], labels: {a: b}, taints: "
      "['k=v:PreferNoSchedule']}\n",
      "site.yml");
  const ThisNode node = find_this_node(fake.host, site, "master");
  CHECK(node.schedulable_master);
  CHECK(node.labels == std::map<std::string, std::string>{{"a", "b"}});
  CHECK(node.taints == std::vector<std::string>{"k=v:PreferNoSchedule"});
}

TEST_CASE("without an endpoint the nodes of a site agree on the first master's") {
  const site::Site site = site::read_site(R"(nodes:
  - {name: w1, address: 10.0.0.9, roles: [worker]}
  - {name: m1, address: 10.0.0.1, roles: [master]}
  - {name: m2, address: 10.0.0.2, roles: [master]}
)",
                                          "site.yml");
  for (const site::SiteNode& node : site.nodes) {
    CHECK(endpoint_of(site, node_of(site, node)) == "10.0.0.1:6443");
  }
}

TEST_CASE("without a list of nodes the endpoint is this host's own") {
  HealthyHost fake;
  const auto find = [&](const std::string& endpoint) {
    const site::Site site = site::read_site("cluster: {endpoint: \"" + endpoint + "\"}\n", "site.yml");
    return find_this_node(fake.host, site, "master");
  };
  CHECK(find("10.0.0.5:6443").address == "10.0.0.5");
  CHECK(find("node1:6443").name == "node1");
  for (const char* endpoint : {"10.0.0.6:6443", "10.0.0.5:6553", "node2:6443"}) {
    CAPTURE(endpoint);
    const Error error = thrown_by([&] { find(endpoint); });
    CHECK(error.kind() == ErrorKind::spec);
    CHECK(error.position() == Position{.file = "site.yml", .line = 1, .column = 21});
    CHECK(error.hint() == "expected 10.0.0.5:6443, or 'nodes' of the site");
  }
}

TEST_CASE("a role that contradicts the site is refused at the node's place in it") {
  HealthyHost fake;
  set_addresses(fake, "[" + address("eth0", "10.0.0.9") + "]");
  const Error error = thrown_by([&] { find_this_node(fake.host, test::three_masters(), "master"); });
  CHECK(error.kind() == ErrorKind::spec);
  CHECK(error.message() == "node 'w1' has the roles worker, but --role says master");
  CHECK(error.position().line == 7);
  CHECK(find_this_node(fake.host, test::three_masters(), "worker").name == "w1");
}

TEST_CASE("masters and balancers come in the order of the site file") {
  const site::Site site = test::three_masters();
  REQUIRE(masters_of(site).size() == 3);
  CHECK(masters_of(site)[2]->name == "m3");
  CHECK(balancers_of(site).size() == 3);
  CHECK(masters_of({}).empty());
  site::Site two = site;
  two.nodes[0].lb = false;
  REQUIRE(balancers_of(two).size() == 2);
  CHECK(balancers_of(two)[0]->name == "m2");
}

}  // namespace bundle::cluster
