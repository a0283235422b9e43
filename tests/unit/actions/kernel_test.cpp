#include "actions/kernel.hpp"

#include <doctest/doctest.h>

#include "actions/hostname.hpp"
#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

// With the action beside it that sets one value of the kernel.
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

TEST_CASE("swap is turned off lawfully, and comes back") {
  CHECK(test::check_laws(test::new_world, lawful([](FakeWorld&) { return turn_swap_off(); }, undo_swap)) >=
        2);
}

TEST_CASE("a host is named lawfully") {
  CHECK(test::check_laws(test::new_world,
                         lawful([](FakeWorld&) { return set_hostname("m1", "/etc/kubernetes/kubelet.conf"); },
                                undo_hostname)) >= 2);
}

TEST_CASE("a host that is known by its name keeps it") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put("/etc/kubernetes/kubelet.conf", "x");
  const Error error =
      test::thrown_by([&] { set_hostname("m1", "/etc/kubernetes/kubelet.conf")->apply(context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(holds(error.message(), "under the name localhost, expected m1"));
  CHECK(world.get("/etc/hostname").find("m1") == std::string::npos);
}

TEST_CASE("inputs are values, not words") {
  CHECK(json::canonical(set_sysctls("f", {{"a.b", "1"}, {"c.d", "2"}})->inputs()) ==
        R"({"sysctl":{"a.b":"1","c.d":"2"}})");
  CHECK(json::canonical(load_modules({"overlay", "x"})->inputs()) == R"({"modules":["overlay","x"]})");
  CHECK(json::canonical(set_hostname("n", "/f")->inputs()) == R"({"hostname":"n"})");
  CHECK(json::canonical(turn_swap_off()->inputs()) == R"({"swap":"off"})");
}

}  // namespace bundle::actions
