#include "host/routes.hpp"
#include "host/host.hpp"

#include <doctest/doctest.h>

#include "support/fake_runner.hpp"
#include "support/thrown.hpp"

namespace bundle {
namespace {

/// A host that `ip` tells of.
struct Machine {
  test::FakeRunner runner;
  Log log{LogLevel::quiet, false};
  NoProgress progress;
  host::Host host{
      .root = "/nonexistent", .runner = runner, .log = log, .progress = progress, .now = [] { return 0; }};

  Machine(const std::string& address, const std::string& routes) {
    runner.on({"ip", "-j", "-4", "address"},
              {.out = R"([{"ifname":"eth0","addr_info":[{"local":")" + address + R"(","prefixlen":24}]}])"});
    runner.on({"ip", "-j", "-4", "route", "show"}, {.out = routes});
  }
};

TEST_CASE("routes are what the table and the addresses say, without the default and the cluster's own") {
  Machine machine("10.99.0.11", R"([{"dst":"default","gateway":"10.99.0.1","dev":"eth0"},
      {"dst":"10.99.0.0/24","dev":"eth0"},{"dst":"10.244.0.0/24","dev":"cni0"},{"dst":"172.16.3.4","dev":"eth0"}])");
  const std::vector<host::HostRoute> routes = host::host_routes(machine.host, {"cni0"});
  REQUIRE(routes.size() == 3);
  CHECK(to_string(routes[0].network) == "10.99.0.11/24");
  CHECK(routes[0].interface == "eth0");
  CHECK(to_string(routes[1].network) == "10.99.0.0/24");
  CHECK(to_string(routes[2].network) == "172.16.3.4/32");
}

TEST_CASE("the first route that a network meets is named, and one beside it is none") {
  const std::vector<host::HostRoute> routes = {
      {.network = *spec::parse_ipv4_network("10.1.0.0/16"), .interface = "eth0"},
      {.network = *spec::parse_ipv4_network("10.0.0.0/8"), .interface = "eth1"}};
  CHECK(host::overlapping(routes, *spec::parse_ipv4_network("10.1.2.0/24"))->interface == "eth0");
  CHECK(host::overlapping(routes, *spec::parse_ipv4_network("10.2.0.0/24"))->interface == "eth1");
  CHECK(host::overlapping(routes, *spec::parse_ipv4_network("11.0.0.0/8")) == nullptr);
  CHECK(host::overlapping({}, *spec::parse_ipv4_network("0.0.0.0/0")) == nullptr);
}

TEST_CASE("a free network is the first that meets no route and nothing taken") {
  CHECK(host::free_network({}, 16, {}) == "10.96.0.0/16");
  CHECK(host::free_network({}, 12, {}) == "10.96.0.0/12");
  CHECK(host::free_network({}, 16, {"10.96.0.0/16"}) == "10.97.0.0/16");
  const std::vector<host::HostRoute> routes = {
      {.network = *spec::parse_ipv4_network("10.97.3.0/24"), .interface = "eth0"}};
  CHECK(host::free_network(routes, 16, {"10.96.0.0/16"}) == "10.98.0.0/16");
  const std::vector<host::HostRoute> all_of_ten = {
      {.network = *spec::parse_ipv4_network("10.0.0.0/8"), .interface = "eth0"}};
  CHECK(host::free_network(all_of_ten, 16, {}) == "172.24.0.0/16");
  CHECK(host::free_network(all_of_ten, 9, {}).empty());  // only in 10.0.0.0/8 is there room for one
}

TEST_CASE("a host whose ip fails has no routes to go by") {
  Machine machine("10.99.0.11", "[]");
  machine.runner.on({"ip", "-j", "-4", "route", "show"}, {.status = 1});
  CHECK(test::thrown_by([&] { host::host_routes(machine.host, {}); }).kind() == ErrorKind::step);
}

TEST_CASE("where every private network is in use there is none") {
  const std::vector<host::HostRoute> routes = {{.network = {.address = 0, .prefix = 1}},
                                               {.network = {.address = 0x80000000, .prefix = 1}}};
  CHECK(host::free_network(routes, 16, {}).empty());
}

}  // namespace
}  // namespace bundle
