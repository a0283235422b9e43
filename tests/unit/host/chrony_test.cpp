#include "host/chrony.hpp"

#include <doctest/doctest.h>

#include "support/healthy_host.hpp"

namespace bundle::host {

TEST_CASE("whom chrony follows is what its configuration says, whatever else is there") {
  test::HealthyHost fake;
  CHECK(chrony_sources(fake.host).empty());
  fake.put("/etc/chrony.conf",
           "# server no.example\nserver ntp1.bank.example iburst\n  Pool pool.example\n! server x\nserver\n"
           "keyfile /etc/chrony.keys\nrefclock PHC /dev/ptp0\npeer 10.20.0.5 prefer\n");
  CHECK(chrony_sources(fake.host) == std::vector<std::string>{"server ntp1.bank.example", "pool pool.example",
                                                              "refclock PHC", "peer 10.20.0.5"});
}

}  // namespace bundle::host
