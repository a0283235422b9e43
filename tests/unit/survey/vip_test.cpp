#include "survey/vip.hpp"

#include <doctest/doctest.h>

#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::survey {
namespace {

using bundle::test::holds;

struct Segment {
  bundle::test::FakeWorld world;
  bundle::test::WorldHost host{world};
  std::vector<Host> nodes{{.name = "m1", .address = "10.0.0.5"},
                          {.name = "m2", .address = "10.0.0.6"},
                          {.name = "m3", .address = "10.0.0.7"}};

  Segment() {
    world.put("/proc/sys/kernel/hostname", "m1\n");
    world.network.addresses = {{.interface = "eth0", .address = "10.0.0.5"}};
    world.network.on_link = {{"10.0.0.6", "52:54:00:00:00:06"}, {"10.0.0.7", "52:54:00:00:00:07"}};
  }
  Vip look() const { return vip_of(host.host, "10.0.0.100", nodes); }
  /// Owners as `NODE MAC;`.
  std::string owners() const {
    std::string text;
    for (const VipOwner& owner : look().owners.value.value_or(std::vector<VipOwner>{{"?", "?"}})) {
      text += owner.node + " " + owner.mac + ";";
    }
    return text;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Segment, "the owner is this host, another one, nobody, or more than one") {
  CHECK(owners() == "");
  world.network.on_link.emplace("10.0.0.100", "52:54:00:00:00:06");
  CHECK(owners() == "m2 52:54:00:00:00:06;");
  world.network.on_link.emplace("10.0.0.100", "52:54:00:00:00:07");
  CHECK(owners() == "m2 52:54:00:00:00:06;m3 52:54:00:00:00:07;");
  world.network.addresses.push_back({.interface = "eth0", .address = "10.0.0.100", .prefix = 32});
  CHECK(owners() == "m1 ;m2 52:54:00:00:00:06;m3 52:54:00:00:00:07;");
  world.network.on_link.erase("10.0.0.100");
  CHECK(owners() == "m1 ;");
}

TEST_CASE_FIXTURE(Segment, "a MAC address that no node has is named; two of one node are one owner") {
  world.network.on_link.emplace("10.0.0.100", "02:00:00:00:00:01");
  CHECK(owners() == " 02:00:00:00:00:01;");
  world.network.on_link.emplace("10.0.0.6", "02:00:00:00:00:01");
  world.network.on_link.emplace("10.0.0.100", "52:54:00:00:00:06");
  CHECK(owners() == "m2 02:00:00:00:00:01;");
}

TEST_CASE_FIXTURE(Segment, "who cannot ask says so, and claims nothing") {
  world.runner.absent.insert("arping");
  world.network.has_arping = false;
  CHECK_FALSE(look().owners.value);
  CHECK(holds(look().owners.why_not, "ARP could not be asked: cannot run arping"));
  // What this host has itself it knows.
  world.network.addresses.push_back({.interface = "eth0", .address = "10.0.0.100", .prefix = 32});
  CHECK(owners() == "m1 ;");
  CHECK(holds(look().owners.why_not, "ARP could not be asked"));
  world.network.addresses.pop_back();
  world.network.has_arping = true;
  world.network.gateway = "10.0.0.1";
  CHECK_FALSE(look().owners.value);
  CHECK(holds(look().owners.why_not, "10.0.0.100 lies behind the router 10.0.0.1"));
  // The other arping has other options, and says nothing that counts as an answer.
  world.network.gateway = "";
  world.programs.on({"arping"}, {.status = 1, .out = "", .err = "arping: invalid option -- 'I'\n"});
  CHECK_FALSE(look().owners.value);
}

TEST_CASE_FIXTURE(Segment, "the virtual address is keepalived's, or an endpoint's that no node has") {
  const auto address = [&](const std::string& endpoint) {
    return virtual_address(host.host, endpoint, nodes).value_or("none");
  };
  CHECK(address("10.0.0.5:6443") == "none");
  CHECK(address("10.0.0.100:6553") == "10.0.0.100");
  CHECK(address("cluster.site:6443") == "none");
  CHECK(address("") == "none");
  world.put("/etc/keepalived/keepalived.conf",
            "vrrp_instance APISERVER {\n  virtual_ipaddress {\n    10.0.0.99/32 dev eth0\n  }\n}\n");
  CHECK(address("cluster.site:6443") == "10.0.0.99");
  world.put("/etc/keepalived/keepalived.conf", "virtual_ipaddress {");
  CHECK(address("10.0.0.5:6443") == "none");
}

}  // namespace bundle::survey
