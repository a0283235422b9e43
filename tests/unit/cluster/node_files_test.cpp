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

TEST_CASE("names, clocks") {
  const spec::Site site = three_masters();
  CHECK(hosts_block(site, node_of(site, 1)) == "10.0.0.1 m1\n10.0.0.2 m2\n10.0.0.3 m3\n10.0.0.9 w1\n");
  CHECK(hosts_block({}, {.name = "n", .address = "10.0.0.5"}) == "10.0.0.5 n\n");
  CHECK(holds(chrony_config(site, node_of(site, 0)), "local stratum 10\nallow 10.0.0.2\n"));
  spec::Site timed = site;
  timed.time_servers = {"10.0.0.200"};
  CHECK(holds(chrony_config(timed, node_of(site, 0)), "server 10.0.0.200 iburst"));
  CHECK_FALSE(holds(chrony_config(timed, node_of(site, 0)), "stratum"));
}

}  // namespace bundle::cluster
