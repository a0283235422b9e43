#include "actions/kernel.hpp"

#include <doctest/doctest.h>

#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::actions {
namespace {

using test::FakeWorld;
using test::holds;
using test::lawful;

}  // namespace

TEST_CASE("kernel parameters are set lawfully") {
  CHECK(test::check_laws(
            test::new_world,
            lawful([](FakeWorld&) { return set_sysctls("99-x.conf", {{"net.ipv4.ip_forward", "1"}}); },
                   undo_sysctls)) > 2);
}

TEST_CASE("a file that overrides a parameter at the next boot is named") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put("/etc/sysctl.d/99-zz.conf", "net.ipv4.ip_forward = 0\n");
  const auto action = set_sysctls("99-x.conf", {{"net.ipv4.ip_forward", "1"}});
  action->apply(context);
  const Error error = test::thrown_by([&] { action->verify(context); });
  CHECK(holds(error.message(), "/etc/sysctl.d/99-zz.conf sets net.ipv4.ip_forward to another value than 1"));
  CHECK(error.hint() == "take that line out of /etc/sysctl.d/99-zz.conf");
}

TEST_CASE("a parameter that does not take its value is named with what it has") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put("/proc/sys/net/ipv4/ip_forward", "0\n");
  const auto action = set_sysctls("99-x.conf", {{"net.ipv4.ip_forward", "1"}});
  CHECK_FALSE(action->is_done(context));
  CHECK(holds(test::thrown_by([&] { action->verify(context); }).message(),
              "the kernel has net.ipv4.ip_forward = 0, expected 1"));
}

TEST_CASE("modules are loaded when they are not there, and stay") {
  const auto world = [] {
    auto made = test::new_world();
    made->kernel.loadable = {"br_netfilter"};
    return made;
  };
  const test::Laws laws{.leftovers = {"file /sys/module", "folder /sys/module", "file /proc/sys/net/bridge",
                                      "folder /proc/sys/net/bridge"}};
  test::check_laws(world,
                   lawful([](FakeWorld&) { return load_modules({"br_netfilter"}); },
                          [](host::Host&, const steps::Change& change) { CHECK(change.type == "none"); }),
                   laws);
}

TEST_CASE("a module that cannot be loaded is named") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const Error error = test::thrown_by([&] { load_modules({"no_such"})->apply(context); });
  REQUIRE(error.context().size() == 1);
  CHECK(error.context()[0] == "loading the kernel module no_such");
}

TEST_CASE("undo of kernel parameters sets those that there were, and leaves those that are gone") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = set_sysctls("f", {{"net.ipv4.ip_forward", "1"}, {"net.bridge.x", "1"}});
  const steps::Change change = action->capture(context);
  CHECK(change == steps::Change{.type = "sysctl", .key = "f", .before = {{"net.ipv4.ip_forward", "0"}}});
  undo_sysctls(host.host, {.type = "sysctl",
                           .key = "f",
                           .before = {{"net.ipv4.ip_forward", "2"}, {"net.bridge.x", "0"}, {"odd", 1}}});
  CHECK(world.programs.ran() == std::vector<std::string>{"sysctl -w net.ipv4.ip_forward=2"});
  CHECK(world.get("/proc/sys/net/ipv4/ip_forward") == "2\n");
}

TEST_CASE("a parameter that the kernel does not have is named as absent, and is not done") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = set_sysctls("f", {{"net.bridge.x", "1"}});
  CHECK_FALSE(action->is_done(context));
  const Error error = test::thrown_by([&] { action->verify(context); });
  CHECK(error.message() == "the kernel has net.bridge.x = absent, expected 1");
  CHECK(error.hint() == "look at what sets it: sysctl net.bridge.x");
  CHECK(holds(test::thrown_by([&] { action->apply(context); }).message(), "cannot stat"));
}

TEST_CASE("all parameters count, and each that lacks its value is set by a command of its own") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action =
      set_sysctls("f", {{"net.ipv4.ip_forward", "1"}, {"fs.inotify.max_user_instances", "9"}});
  world.put("/proc/sys/net/ipv4/ip_forward", "1\n");
  CHECK_FALSE(action->is_done(context));
  action->apply(context);
  CHECK(action->is_done(context));
  CHECK(world.programs.ran() == std::vector<std::string>{"sysctl -w fs.inotify.max_user_instances=9"});
  CHECK(action->describe() == "sysctl -w fs.inotify.max_user_instances=9\nsysctl -w net.ipv4.ip_forward=1\n");
}

TEST_CASE(
    "a parameter of which the host has more is not lowered, and a file with more does not override it") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put("/proc/sys/fs/inotify/max_user_watches", "1048576\n");
  world.put("/etc/sysctl.d/99-zz.conf", "fs.inotify.max_user_watches = 1048576\n");
  const auto action = set_sysctls("f", {{"fs.inotify.max_user_watches", "524288", true}});
  CHECK(action->is_done(context));
  action->apply(context);
  CHECK_NOTHROW(action->verify(context));
  CHECK(world.programs.ran().empty());
  world.put("/etc/sysctl.d/99-zz.conf", "fs.inotify.max_user_watches = 4096\n");
  CHECK(holds(test::thrown_by([&] { action->verify(context); }).message(),
              "sets fs.inotify.max_user_watches to another value than at least 524288"));
  world.put("/proc/sys/fs/inotify/max_user_watches", "8192\n");
  CHECK_FALSE(action->is_done(context));
  CHECK(holds(test::thrown_by([&] { action->verify(context); }).message(),
              "the kernel has fs.inotify.max_user_watches = 8192, expected at least 524288"));
}

TEST_CASE("only modules that are not there are loaded, and nothing of them is kept for undo") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put("/sys/module/nf_conntrack/initstate", "live\n");
  const auto action = load_modules({"nf_conntrack", "overlay"});
  CHECK_FALSE(action->is_done(context));
  CHECK(action->capture(context) == steps::Change{.type = "none", .key = "modules", .before = {}});
  action->apply(context);
  CHECK(action->is_done(context));
  CHECK(world.programs.ran() == std::vector<std::string>{"modprobe overlay"});
  CHECK(action->describe() == "modprobe -a nf_conntrack overlay\n");
}

TEST_CASE("inputs are values, not words") {
  CHECK(json::canonical(set_sysctls("f", {{"a.b", "1"}, {"c.d", "2"}})->inputs()) ==
        R"({"sysctl":{"a.b":"1","c.d":"2"}})");
  CHECK(json::canonical(load_modules({"overlay", "x"})->inputs()) == R"({"modules":["overlay","x"]})");
}

}  // namespace bundle::actions
