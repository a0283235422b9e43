#include "cluster/free_networks.hpp"

#include <doctest/doctest.h>

#include "support/healthy_host.hpp"

namespace bundle::cluster {

TEST_CASE("without a site file an overlapping default gives way") {
  bundle::test::HealthyHost fake;
  fake.set_routes(R"([{"dst":"10.99.0.0/24","dev":"eth0"}])");
  const site::Site chosen = with_free_networks(fake.host, {}, {});
  CHECK(chosen.pod_subnet == "10.244.0.0/16");
  CHECK(chosen.service_subnet == "10.96.0.0/16");
  CHECK(with_free_networks(fake.host, {}, {.file = "site.yml"}).service_subnet == "10.96.0.0/12");
}

TEST_CASE("a site that routes all of 10.0.0.0/8 leaves other private networks") {
  bundle::test::HealthyHost fake;
  fake.set_routes(R"([{"dst":"10.0.0.0/8","dev":"eth0"}])");
  const site::Site chosen = with_free_networks(fake.host, {}, {});
  CHECK(chosen.pod_subnet == "172.24.0.0/16");
  CHECK(chosen.service_subnet == "172.25.0.0/16");
}

}  // namespace bundle::cluster
