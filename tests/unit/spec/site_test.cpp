#include "spec/site.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/thrown.hpp"

namespace bundle {
namespace {

constexpr std::string_view kWhole =
    R"(cluster: {name: site-a, endpoint: "10.0.0.100:6553", podSubnet: 10.50.0.0/16, serviceSubnet: 10.60.0.0/16}
vip: {address: 10.0.0.100/24, virtualRouterId: 7}
nodes:
  - {name: m1, address: 10.0.0.1, roles: [master, lb]}
  - {name: g1, address: 10.0.0.2, roles: [gpu], labels: {gpu: "true"}, taints: ["a=b:NoSchedule"]}
kubelet: {numa: single-numa-node, reserved: {cpu: 500m, memory: 500Mi}}
gpu: {driver: preinstalled, mig: none}
storage: {containerd: /data/containerd}
time: {servers: [10.0.0.9]}
firewall: disable
selinux: permissive
components: {metallb: {values: metallb.yaml}}
)";

Error refused(const std::string& text) {
  return test::thrown_by([&] { spec::read_site(text, "site.yml"); });
}

}  // namespace

TEST_CASE("a site file gives all its answers") {
  const spec::Site site = spec::read_site(kWhole, "/root/site.yml");
  CHECK(site.endpoint == "10.0.0.100:6553");
  CHECK(site.vip->address == "10.0.0.100");
  CHECK(site.vip->virtual_router_id == 7);
  REQUIRE(site.nodes.size() == 2);
  CHECK(site.nodes[0].lb);
  CHECK(site.nodes[0].roles == spec::Roles{"master"});
  CHECK(site.nodes[1].labels.at("gpu") == "true");
  CHECK(site.containerd_root == "/data/containerd");
  CHECK(site.firewall == spec::Firewall::disable);
  CHECK(site.component_values.at("metallb") == "/root/metallb.yaml");
}

TEST_CASE("an empty site has answers of its own") {
  const spec::Site site;
  CHECK(site.pod_subnet == "10.244.0.0/16");
  CHECK(site.firewall == spec::Firewall::keep_open);
}

TEST_CASE("wrong answers are refused with their place") {
  CHECK(refused("clutser: {}\n").hint() == "did you mean 'cluster'?");
  CHECK(refused("cluster: {podSubnet: 10.244.0.0}\n").position().line == 1);
  CHECK(test::holds(refused("cluster: {podSubnet: 10.0.0.0/8, serviceSubnet: 10.96.0.0/12}\n").message(),
                    "overlap"));
  CHECK(test::holds(refused("cluster: {endpoint: \"10.0.0.1\"}\n").message(), "not an endpoint"));
  CHECK(test::holds(refused("vip: {address: 10.0.0.1/24, virtualRouterId: 256}\n").message(),
                    "virtualRouterId"));
  CHECK(test::holds(refused("firewall: off\n").hint(), "keep-open"));
  CHECK(test::holds(refused("storage: {containerd: ../x}\n").message(), "absolute"));
  const std::string node = "  - {name: m1, address: 10.0.0.1, roles: [master]}\n";
  CHECK(refused("nodes:\n" + node + node).position().line == 3);
  CHECK(test::holds(refused("nodes: [{name: M1, address: 10.0.0.1, roles: [master]}]\n").message(), "M1"));
  CHECK(test::holds(refused("nodes: [{name: m1, address: 10.0.0.01, roles: [master]}]\n").message(),
                    "not an IPv4"));
  CHECK(test::holds(refused("nodes: [{name: m1, address: 10.0.0.1, roles: [mister]}]\n").message(),
                    "unknown role"));
  CHECK(refused("firewall: leave\nfirewall: leave\n").position().line == 2);
}

TEST_CASE("no word of time is another answer than no server, and half a word is none") {
  CHECK_FALSE(spec::read_site("firewall: leave\n", "site.yml").time_servers);
  CHECK(spec::read_site("time: {servers: []}\n", "site.yml").time_servers->empty());
  CHECK(*spec::read_site("time: {servers: [a, b]}\n", "site.yml").time_servers ==
        std::vector<std::string>{"a", "b"});
  CHECK(test::holds(refused("time: {}\n").message(), "servers"));
}

TEST_CASE("networks of IPv4") {
  CHECK(spec::parse_ipv4_network("10.96.0.0/12")->contains(*spec::parse_ipv4("10.111.255.255")));
  CHECK_FALSE(spec::parse_ipv4_network("10.96.0.0/12")->contains(*spec::parse_ipv4("10.112.0.0")));
  CHECK(spec::parse_ipv4_network("0.0.0.0/0")->overlaps(*spec::parse_ipv4_network("192.168.1.0/24")));
  CHECK_FALSE(spec::parse_ipv4_network("10.0.0.0/33"));
  CHECK_FALSE(spec::parse_ipv4("10.0.0.256"));
  CHECK(spec::to_string(*spec::parse_ipv4_network("10.1.2.3/24")) == "10.1.2.3/24");
}

}  // namespace bundle
