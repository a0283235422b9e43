#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/fakes/world.hpp"
#include "support/thrown.hpp"

namespace bundle::test {
namespace {

/// What a command says and how it ends, in one text: `0 yes`.
std::string ask(FakeWorld& world, std::vector<std::string> argv) {
  const CommandResult result = world.runner.run({.argv = std::move(argv)});
  return fmt::format("{} {}{}", result.status, result.out, result.err);
}

TEST_CASE("a unit that is enabled now runs, and show says so in systemd's words") {
  FakeWorld world;
  world.systemd.units["a.service"] = {};
  world.systemd.monotonic_us = [] { return std::uint64_t{1234}; };
  const std::vector<std::string> show = {
      "systemctl", "show", "a",
      "--property=LoadState,UnitFileState,ActiveState,ExecMainStartTimestampMonotonic"};
  CHECK(ask(world, show) ==
        "0 LoadState=loaded\nUnitFileState=disabled\nActiveState=inactive\n"
        "ExecMainStartTimestampMonotonic=0\n");
  CHECK(ask(world, {"systemctl", "enable", "--now", "a"}) == "0 ");
  CHECK(ask(world, show) ==
        "0 LoadState=loaded\nUnitFileState=enabled\nActiveState=active\n"
        "ExecMainStartTimestampMonotonic=1234\n");
  CHECK(ask(world, {"systemctl", "start", "a"}) == "0 ");
  CHECK(world.systemd.units["a.service"].starts == 1);
  CHECK(ask(world, {"systemctl", "restart", "a"}) == "0 ");
  CHECK(world.systemd.units["a.service"].starts == 2);
  CHECK(ask(world, {"systemctl", "show", "b", "--property=LoadState"}) == "0 LoadState=not-found\n");
  CHECK(ask(world, {"systemctl", "is-active", "a"}) == "0 active\n");
  CHECK(world.unknown().empty());
}

TEST_CASE("units come and go with their files at a daemon-reload") {
  FakeWorld world;
  world.put("/usr/lib/systemd/system/x.service", "[Service]\n");
  CHECK(ask(world, {"systemctl", "start", "x"}) ==
        "5 Failed to start x.service: Unit x.service not found.\n");
  ask(world, {"systemctl", "daemon-reload"});
  CHECK(ask(world, {"systemctl", "start", "x"}) == "0 ");
  world.files.remove("/usr/lib/systemd/system/x.service");
  ask(world, {"systemctl", "daemon-reload"});
  CHECK(ask(world, {"systemctl", "is-active", "x"}) == "0 active\n");
  ask(world, {"systemctl", "stop", "x"});
  CHECK_FALSE(world.systemd.units.contains("x.service"));
}

TEST_CASE(
    "what firewalld opens for good is open after a reload only, and what is open now is not after one") {
  FakeWorld world;
  CHECK(ask(world, {"firewall-cmd", "--permanent", "--add-port=1/tcp"}) == "0 success\n");
  CHECK(ask(world, {"firewall-cmd", "--zone=trusted", "--add-source=10.0.0.0/8"}) == "0 success\n");
  CHECK(ask(world, {"firewall-cmd", "--query-port=1/tcp"}) == "1 no\n");
  CHECK(ask(world, {"firewall-cmd", "--permanent", "--query-port=1/tcp"}) == "0 yes\n");
  ask(world, {"firewall-cmd", "--reload"});
  CHECK(ask(world, {"firewall-cmd", "--query-port=1/tcp"}) == "0 yes\n");
  CHECK(ask(world, {"firewall-cmd", "--zone=trusted", "--query-source=10.0.0.0/8"}) == "1 no\n");
  ask(world, {"systemctl", "stop", "firewalld"});
  CHECK(ask(world, {"firewall-cmd", "--query-masquerade"}) == "252 FirewallD is not running\n");
}

TEST_CASE("a boolean of SELinux outlives the boot with -P only") {
  FakeWorld world;
  ask(world, {"setsebool", "haproxy_connect_any", "1"});
  CHECK(ask(world, {"getsebool", "haproxy_connect_any"}) == "0 haproxy_connect_any --> on\n");
  CHECK_FALSE(world.selinux.booleans["haproxy_connect_any"].after_boot);
  ask(world, {"setsebool", "-P", "haproxy_connect_any", "1"});
  CHECK(world.selinux.booleans["haproxy_connect_any"].after_boot);
}

TEST_CASE("the kernel's programs act on the files of the host") {
  FakeWorld world;
  CHECK(ask(world, {"sysctl", "-w", "net.ipv4.ip_forward=1"}) == "0 net.ipv4.ip_forward = 1\n");
  CHECK(world.get("/proc/sys/net/ipv4/ip_forward") == "1\n");
  CHECK(ask(world, {"modprobe", "br_netfilter"}) == "0 ");
  CHECK(world.get("/proc/sys/net/bridge/bridge-nf-call-iptables") == "1\n");
  const std::string swaps = world.get("/proc/swaps");
  ask(world, {"swapoff", "-a"});
  CHECK_FALSE(holds(world.get("/proc/swaps"), "/dev/dm-1"));
  ask(world, {"swapon", "/dev/dm-1"});
  CHECK(world.get("/proc/swaps") == swaps);
  ask(world, {"hostnamectl", "set-hostname", "node1"});
  CHECK(world.get("/proc/sys/kernel/hostname") == "node1\n");
  ask(world, {"setenforce", "0"});
  CHECK(ask(world, {"getenforce"}) == "0 Permissive\n");
  CHECK(world.unknown().empty());
}

TEST_CASE("a command that nobody modelled fails and is remembered, and so is a program") {
  FakeWorld world;
  CHECK(holds(ask(world, {"systemctl", "hibernate"}), "64 "));
  CHECK(holds(ask(world, {"systemctl", "enable", "--runtime", "chronyd"}), "64 "));
  CHECK(thrown_by([&] { ask(world, {"reboot"}); }).kind() == ErrorKind::usage);
  CHECK(thrown_by([&] { ask(world, {"crictl", "ps"}); }).kind() == ErrorKind::usage);
  CHECK(world.unknown() ==
        std::vector<std::string>{"reboot", "systemctl hibernate", "systemctl enable --runtime chronyd"});
}

TEST_CASE("two worlds are the same text, and what a command changed is a line of it") {
  FakeWorld world;
  const std::string before = world.snapshot();
  CHECK(FakeWorld().snapshot() == before);
  ask(world, {"systemctl", "disable", "chronyd"});
  world.put("/etc/new/file", "x\n");
  CHECK(difference(before, world.snapshot(), {"folder "}) ==
        "- unit chronyd.service = loaded enabled active\n"
        "+ file /etc/new/file = 0644 x\\n\n"
        "+ unit chronyd.service = loaded disabled active\n");
}

TEST_CASE("power goes before, in the middle of and after a command, and stays away") {
  const std::vector<std::string> set = {"setsebool", "-P", "haproxy_connect_any", "1"};
  std::string seen;
  for (std::size_t point = 0; point < 4; ++point) {
    FakeWorld world;
    world.power.cut_at(point);
    try {
      ask(world, set);
      seen += "whole ";
    } catch (const PowerCut&) {
      CHECK_THROWS_AS(ask(world, {"getenforce"}), PowerCut);
    }
    const FakeSelinux::Boolean& boolean = world.selinux.booleans["haproxy_connect_any"];
    seen += boolean.after_boot ? "after-boot " : boolean.now ? "now " : "off ";
  }
  CHECK(seen == "off now after-boot whole after-boot ");
}

}  // namespace
}  // namespace bundle::test
