#include "host/firewalld.hpp"

#include <doctest/doctest.h>

#include "support/healthy_host.hpp"

namespace bundle::host {
namespace {

using test::HealthyHost;
using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("an interface belongs to its zone, else to the default one, else firewalld does not answer") {
  HealthyHost fake;
  CHECK(firewall_zone(fake.host, "eth0") == "");
  fake.runner.on({"firewall-cmd", "--get-default-zone"}, {.out = "public\n"});
  fake.runner.on({"firewall-cmd", "--get-zone-of-interface=eth0"}, {.status = 2, .err = "no zone\n"});
  CHECK(firewall_zone(fake.host, "eth0") == "public");
  fake.runner.on({"firewall-cmd", "--get-zone-of-interface=eth0"}, {.out = "dmz\n"});
  CHECK(firewall_zone(fake.host, "eth0") == "dmz");
}

TEST_CASE("a firewalld that refuses to answer names no zone") {
  HealthyHost fake;
  const CommandResult off{.status = 252, .out = "", .err = "FirewallD is not running\n"};
  fake.runner.on({"firewall-cmd"}, off);
  CHECK(firewall_zone(fake.host, "eth0") == "");
  CHECK(firewall_zones_of(fake.host, {"10.0.0.6"}).empty());
}

TEST_CASE("zones that are bound to the networks of these addresses, but for the one that is open anyway") {
  HealthyHost fake;
  fake.runner.on({"firewall-cmd", "--get-active-zones"},
                 {.out = "dmz\n  interfaces: eth0\n  sources: 172.16.0.0/12 ipset:friends 00:11:22:33:44:55\n"
                         "internal\n  sources: 10.0.0.7 10.1.0.0/16\n"
                         "public (default)\n  interfaces: eth1\n"
                         "trusted\n  sources: 10.0.0.0/8\n"});
  CHECK(firewall_zones_of(fake.host, {"10.0.0.6"}).empty());
  CHECK(firewall_zones_of(fake.host, {"10.0.0.6", "10.0.0.7"}) == Strings{"internal"});
  CHECK(firewall_zones_of(fake.host, {"10.1.2.3", "172.20.0.1"}) == Strings{"dmz", "internal"});
}

}  // namespace bundle::host
