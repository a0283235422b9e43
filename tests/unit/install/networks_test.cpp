#include "install/networks.hpp"

#include <doctest/doctest.h>

#include "support/fake_runner.hpp"

namespace bundle::install {
namespace {

/// A host that `ip` tells of.
struct Machine {
  test::FakeRunner runner;
  Log log{LogLevel::quiet, false};
  NoProgress progress;
  Host host{
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
  const std::vector<HostRoute> routes = host_routes(machine.host);
  REQUIRE(routes.size() == 3);
  CHECK(to_string(routes[2].network) == "172.16.3.4/32");
}

TEST_CASE("without a site file an overlapping default gives way") {
  Machine machine("10.99.0.11", R"([{"dst":"10.99.0.0/24","dev":"eth0"}])");
  const spec::Site chosen = with_free_networks(machine.host, {});
  CHECK(chosen.pod_subnet == "10.244.0.0/16");
  CHECK(chosen.service_subnet == "10.96.0.0/16");
  CHECK(with_free_networks(machine.host, {.file = "site.yml"}).service_subnet == "10.96.0.0/12");
}

TEST_CASE("a site that routes all of 10.0.0.0/8 leaves other private networks") {
  Machine machine("10.99.0.11", R"([{"dst":"10.0.0.0/8","dev":"eth0"}])");
  const spec::Site chosen = with_free_networks(machine.host, {});
  CHECK(chosen.pod_subnet == "172.24.0.0/16");
  CHECK(chosen.service_subnet == "172.25.0.0/16");
}

TEST_CASE("where every private network is in use there is none") {
  const std::vector<HostRoute> routes = {{.network = {.address = 0, .prefix = 1}},
                                         {.network = {.address = 0x80000000, .prefix = 1}}};
  CHECK(free_network(routes, 16, {}).empty());
}

}  // namespace
}  // namespace bundle::install
