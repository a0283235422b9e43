#include "host/routes.hpp"
#include "host/host.hpp"

#include <doctest/doctest.h>

#include "support/fake_runner.hpp"

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
  CHECK(to_string(routes[2].network) == "172.16.3.4/32");
}

TEST_CASE("where every private network is in use there is none") {
  const std::vector<host::HostRoute> routes = {{.network = {.address = 0, .prefix = 1}},
                                               {.network = {.address = 0x80000000, .prefix = 1}}};
  CHECK(host::free_network(routes, 16, {}).empty());
}

}  // namespace
}  // namespace bundle
