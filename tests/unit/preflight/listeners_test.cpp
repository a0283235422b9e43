#include <doctest/doctest.h>

#include "fake_host.hpp"

// Ports, the firewall, the virtual address.
namespace bundle::preflight {
namespace {

using test::error;
using test::FakeHost;

constexpr const char* kTcp =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 00000000:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0\n"
    "   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0\n";

TEST_CASE_FIXTURE(FakeHost, "a port of Services that is taken is no finding: another one is chosen") {
  put("/proc/net/tcp", "  sl\n   0: 00000000:7580 00000000:0000 0A 0 0 0 0 0 4711 1 0\n");  // 30080
  CHECK(found_by(listener_checks()).empty());
}

TEST_CASE_FIXTURE(FakeHost, "a range is taken when one of its ports is") {
  put("/proc/net/tcp", "  sl\n   0: 00000000:094C 00000000:0000 0A 0 0 0 0 0 4711 1 0\n");  // 2380
  CHECK(only(listener_checks()) ==
        error("port-in-use", "port 2380/tcp, which etcd needs, is taken by a program that cannot be seen",
              "find and stop it: ss -lnp 'sport = :2380'"));
}

TEST_CASE_FIXTURE(FakeHost, "a port that is taken is an error with its owner") {
  put("/proc/net/tcp6", kTcp);
  put("/proc/812/comm", "nginx\n");
  link("/proc/812/fd/6", "socket:[4711]");
  CHECK(only(listener_checks()) ==
        error("port-in-use", "port 6443/tcp, which kube-apiserver needs, is taken by nginx (pid 812)",
              "find and stop it: ss -lnp 'sport = :6443'"));
  SUBCASE("what our own installation made is none") {
    resuming = true;
    CHECK(found_by(listener_checks()).empty());
  }
  SUBCASE("a worker has no API server") {
    node.roles = {"worker"};
    CHECK(found_by(listener_checks()).empty());
  }
  SUBCASE("a connection is no listener") {
    put("/proc/net/tcp6",
        "  sl\n   0: 00000000:192B 00000000:0000 01 00000000:00000000 00:00000000 00000000 0 0 4711 1 0\n");
    CHECK(found_by(listener_checks()).empty());
  }
}

TEST_CASE_FIXTURE(FakeHost, "a datagram port is taken, by nobody that can be seen") {
  index.components.push_back({.name = "calico", .ports = {.nodes = {*spec::parse_port_range("4789/udp")}}});
  put("/proc/net/udp",
      "  sl ...\n   0: 00000000:12B5 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 99 2 "
      "0 0\n");
  const Check found = only(listener_checks());
  CHECK(found.id == "port-in-use");
  CHECK(found.severity == Severity::error);
  CHECK(found.seen.starts_with("port 4789/udp, which "));
  CHECK(found.seen.ends_with(" needs, is taken by a program that cannot be seen"));
  CHECK(found.fix == "find and stop it: ss -lnp 'sport = :4789'");
}

TEST_CASE_FIXTURE(FakeHost, "the host's own chronyd may hold the port on which it is to serve, nobody else") {
  site.nodes = {{.name = "node1", .address = "10.0.0.5", .roles = {"master"}},
                {.name = "node2", .address = "10.0.0.6", .roles = {"worker"}}};
  site.time_servers.emplace();
  put("/proc/net/udp", "  sl\n   0: 00000000:007B 00000000:0000 07 0 0 0 0 0 4711 2 0 0\n");
  link("/proc/100/fd/6", "socket:[4711]");
  CHECK(found_by(listener_checks()).empty());
  put("/proc/100/comm", "ntpd\n");
  CHECK(only(listener_checks()) == error("port-in-use",
                                         "port 123/udp, which chronyd needs, is taken by ntpd (pid 100)",
                                         "find and stop it: ss -lnp 'sport = :123'"));
}

TEST_CASE_FIXTURE(FakeHost, "a firewall that runs and is to be left is a warning") {
  put("/proc/55/comm", "firewalld\n");
  CHECK(found_by(listener_checks()).empty());
  site.firewall = site::Firewall::disable;
  CHECK(found_by(listener_checks()).empty());
  site.firewall = site::Firewall::leave;
  const Check found = only(listener_checks());
  CHECK(found.id == "firewall");
  CHECK(found.severity == Severity::warning);
  CHECK(
      found.seen.starts_with("firewalld runs, and the site file says to leave it: other nodes must reach "));
  CHECK(found.seen.find(" 6443/tcp") != std::string::npos);
  CHECK(found.fix ==
        "firewall-cmd --permanent --add-port=PORT for each, or 'firewall: keep-open' in the site file");
  runner.on({"firewall-cmd", "--get-zone-of-interface=eth0"}, {.out = "dmz\n"});
  CHECK(only(listener_checks()).fix ==
        "firewall-cmd --permanent --zone=dmz --add-port=PORT for each, or 'firewall: keep-open' in the site "
        "file");
  remove("/proc/55");
  CHECK(found_by(listener_checks()).empty());
}

/// The site's virtual address is the one given, and arping is there.
struct VipHost : FakeHost {
  VipHost() {
    runner.on({"arping"}, {.status = 0});
    node.lb = true;
  }
  Check vip(const std::string& address) {
    site.vip = {.address = address, .prefix = 24};
    return only(listener_checks());
  }
};

constexpr const char* kChooseAnother =
    "in the site file: vip: {address: ADDRESS/PREFIX}, one that nobody has";

TEST_CASE_FIXTURE(VipHost, "a virtual address outside the node's network is an error") {
  CHECK(vip("10.0.1.1") ==
        error("vip-outside",
              "the virtual address 10.0.1.1 lies outside 10.0.0.5/24 of eth0: no other host would find it",
              "in the site file: vip: {address: ADDRESS/PREFIX}, one of that network"));
  CHECK(vip("10.0.0.6").id == "0 findings");
}

TEST_CASE_FIXTURE(VipHost, "the virtual address is the gateway's") {
  CHECK(vip("10.0.0.1") ==
        error("vip-is-gateway", "the virtual address 10.0.0.1 is this network's gateway", kChooseAnother));
  SUBCASE("without a gateway it is nobody's") {
    runner.on({"ip", "-4", "route", "show", "default"}, {.out = ""});
    site.nodes.clear();
    CHECK(vip("10.0.0.1").id == "0 findings");
  }
}

TEST_CASE_FIXTURE(VipHost,
                  "an interface whose name would end its place in a configuration file is an error") {
  node.interface = "e{}#";
  const Check found = vip("10.0.0.6");
  CHECK(found.id == "interface-name");
  CHECK(found.severity == Severity::error);
  CHECK(found.seen == "keepalived's configuration cannot hold the interface name 'e{}#'");
}

TEST_CASE_FIXTURE(VipHost, "a virtual address that somebody answers for is an error") {
  runner.on({"arping"}, {.status = 1});
  const Check in_use =
      error("vip-in-use", "the virtual address 10.0.0.6 is in use: somebody on eth0 answers for it",
            "find who has it: arping -I eth0 10.0.0.6; or choose another one in the site file");
  CHECK(vip("10.0.0.6") == in_use);
  SUBCASE("keepalived of our own installation may answer") {
    resuming = true;
    CHECK(vip("10.0.0.6").id == "0 findings");
  }
  SUBCASE("the other masters' may, when this host joins them") {
    joins = true;
    CHECK(vip("10.0.0.6").id == "0 findings");
  }
  SUBCASE("that of an earlier balancer must, where the first master is none") {
    node.lb = false;
    CHECK(vip("10.0.0.6").id == "0 findings");
    runner.on({"arping"}, {.status = 0});
    CHECK(vip("10.0.0.6").id == "no-balancer");
  }
  SUBCASE("arping that fails says nothing") {
    runner.on({"arping"}, {.status = 2});
    CHECK(vip("10.0.0.6").id == "0 findings");
  }
  SUBCASE("arping asks on the node's interface") {
    CHECK(runner.ran().back() == "arping -D -q -c 2 -w 3 -I eth0 10.0.0.6");
  }
}

TEST_CASE_FIXTURE(FakeHost, "without arping the virtual address is pinged") {
  site.vip = {.address = "10.0.0.6", .prefix = 24};
  node.lb = true;
  const auto absent = [](const Command&) -> CommandResult { fail(ErrorKind::step, "it took too long"); };
  runner.on({"arping"}, bundle::test::FakeRunner::Answer(absent));
  runner.on({"ping"}, {.status = 0});
  CHECK(only(listener_checks()).id == "vip-in-use");
  runner.on({"ping"}, {.status = 1});
  CHECK(found_by(listener_checks()).empty());
}

}  // namespace
}  // namespace bundle::preflight
