#include "cluster/node_files.hpp"

#include <doctest/doctest.h>

#include "support/thrown.hpp"
#include "unit/cluster/sites.hpp"

namespace bundle::cluster {
namespace {

using test::holds;
using test::node_of;
using test::three_masters;

}  // namespace

TEST_CASE("all nodes are named, and this one") {
  const site::Site site = three_masters();
  CHECK(hosts_block(site, node_of(site, 1)) == "10.0.0.1 m1\n10.0.0.2 m2\n10.0.0.3 m3\n10.0.0.9 w1\n");
  CHECK(hosts_block({}, {.name = "n", .address = "10.0.0.5"}) == "10.0.0.5 n\n");
}

TEST_CASE("with no server of the site the first master's clock is the site's, and all others follow it") {
  site::Site site = three_masters();
  site.time_servers.emplace();
  CHECK(serves_time(site, node_of(site, 0)));
  CHECK(holds(chrony_config(site, node_of(site, 0)),
              "local stratum 10\nallow 10.0.0.2\nallow 10.0.0.3\nallow 10.0.0.9\n"));
  CHECK_FALSE(holds(chrony_config(site, node_of(site, 0)), "\nserver "));
  for (const std::size_t other : {1, 2, 3}) {
    CAPTURE(other);
    CHECK_FALSE(serves_time(site, node_of(site, other)));
    const std::string text = chrony_config(site, node_of(site, other));
    CHECK(holds(text, "\nserver 10.0.0.1 iburst\n"));
    CHECK_FALSE(holds(text, "local stratum"));
    CHECK_FALSE(holds(text, "allow"));
  }
  SUBCASE("the first of the list need not be a master") {
    std::swap(site.nodes[0], site.nodes[3]);
    CHECK(holds(chrony_config(site, node_of(site, 0)), "\nserver 10.0.0.2 iburst\n"));
    CHECK(serves_time(site, node_of(site, 1)));
  }
  SUBCASE("a host without a list serves nobody but itself") {
    site.nodes.clear();
    CHECK(holds(chrony_config(site, {.name = "n", .address = "10.0.0.5"}), "local stratum 10\ndriftfile"));
  }
}

TEST_CASE("the site's servers are followed by every node") {
  site::Site site = three_masters();
  site.time_servers = std::vector<std::string>{"10.0.0.200", "ntp.site"};
  for (const std::size_t one : {0, 3}) {
    CHECK(
        holds(chrony_config(site, node_of(site, one)), "server 10.0.0.200 iburst\nserver ntp.site iburst\n"));
    CHECK_FALSE(holds(chrony_config(site, node_of(site, one)), "stratum"));
    CHECK_FALSE(serves_time(site, node_of(site, one)));
  }
}

TEST_CASE("of the kernel's parameters only limits may be more") {
  for (const host::Sysctl& one : kernel_parameters()) {
    CHECK(one.at_least == one.name.starts_with("fs."));
  }
}

}  // namespace bundle::cluster
