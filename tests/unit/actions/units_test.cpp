#include "actions/units.hpp"

#include <doctest/doctest.h>

#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::actions {
namespace {

using test::FakeWorld;
using test::lawful;

test::MakeStepsAction unit(const std::string& name, UnitState state, const std::string& config = "") {
  return [=](FakeWorld&) { return set_unit(name, state, config); };
}

}  // namespace

TEST_CASE("a unit is enabled and started lawfully") {
  CHECK(test::check_laws(test::new_world, lawful(unit("containerd.service", UnitState::enabled), undo_unit)) >
        8);
}

TEST_CASE("a unit that runs is turned off lawfully, and comes back") {
  CHECK(test::check_laws(test::new_world, lawful(unit("firewalld.service", UnitState::disabled), undo_unit)) >
        4);
}

TEST_CASE("a unit is enabled without being started lawfully") {
  CHECK(test::check_laws(test::new_world,
                         lawful([](FakeWorld&) { return enable_unit("kubelet.service"); }, undo_unit)) > 4);
}

TEST_CASE("a unit that runs since before its configuration was written is restarted") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put("/etc/chrony.conf", "new\n");
  world.systemd.units["chronyd.service"].started_at_us = 0;
  const auto action = set_unit("chronyd.service", UnitState::enabled, "/etc/chrony.conf");
  CHECK_FALSE(action->is_done(context));
  const unsigned before = world.systemd.units["chronyd.service"].starts;
  action->apply(context);
  CHECK(world.systemd.units["chronyd.service"].starts == before + 1);
  CHECK(action->is_done(context));
  const auto without = set_unit("chronyd.service", UnitState::enabled);
  CHECK(without->is_done(context));
}

TEST_CASE("what does not start says what systemd says of it") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.systemd.units["containerd.service"].fails_to_start = true;
  const auto action = set_unit("containerd.service", UnitState::enabled);
  action->apply(context);
  const Error error = test::thrown_by([&] { action->verify(context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(test::holds(error.message(), "containerd.service is not running"));
  CHECK(error.hint() == "journalctl -u containerd.service");
}

TEST_CASE("a unit that systemd does not know cannot be started, and need not be stopped") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const Error error = test::thrown_by([&] { set_unit("no.service", UnitState::enabled)->apply(context); });
  CHECK(test::holds(error.message(), "systemd knows no unit no.service"));
  set_unit("no.service", UnitState::disabled)->apply(context);
  CHECK(set_unit("no.service", UnitState::disabled)->is_done(context));
  undo_unit(host.host,
            {.type = "unit", .key = "no.service", .before = {{"enabled", true}, {"active", true}}});
}

TEST_CASE("a unit's inputs are its name, state and file") {
  CHECK(json::canonical(set_unit("a.service", UnitState::enabled, "/etc/a")->inputs()) ==
        R"({"config":"/etc/a","state":"on","unit":"a.service"})");
  CHECK(json::canonical(set_unit("a.service", UnitState::disabled)->inputs()) ==
        R"({"config":"","state":"off","unit":"a.service"})");
  CHECK(json::canonical(enable_unit("a.service")->inputs()) == R"({"state":"enabled","unit":"a.service"})");
}

TEST_CASE("a unit counts as set only when it is both enabled and active, or neither") {
  struct Case {
    bool is_enabled;
    bool is_active;
    bool is_on;
    bool is_off;
  };
  for (const Case& one : {Case{true, true, true, false}, Case{true, false, false, false},
                          Case{false, true, false, false}, Case{false, false, false, true}}) {
    CAPTURE(one.is_enabled);
    CAPTURE(one.is_active);
    FakeWorld world;
    test::WorldHost host(world);
    steps::Context context(host.host);
    world.systemd.units["a.service"] = {.is_enabled = one.is_enabled, .is_active = one.is_active};
    CHECK(set_unit("a.service", UnitState::enabled)->is_done(context) == one.is_on);
    CHECK(set_unit("a.service", UnitState::disabled)->is_done(context) == one.is_off);
    CHECK(enable_unit("a.service")->is_done(context) == one.is_enabled);
    const steps::Change change = set_unit("a.service", UnitState::enabled)->capture(context);
    CHECK(change == steps::Change{.type = "unit",
                                  .key = "a.service",
                                  .before = {{"enabled", one.is_enabled}, {"active", one.is_active}}});
    CHECK(enable_unit("a.service")->capture(context) == change);
  }
}

TEST_CASE("undo of a unit gives back each of the four states from each of them") {
  for (unsigned bits = 0; bits < 16; ++bits) {
    CAPTURE(bits);
    FakeWorld world;
    test::WorldHost host(world);
    world.systemd.units["a.service"] = {.is_enabled = (bits & 1) != 0, .is_active = (bits & 2) != 0};
    undo_unit(host.host, {.type = "unit",
                          .key = "a.service",
                          .before = {{"enabled", (bits & 4) != 0}, {"active", (bits & 8) != 0}}});
    CHECK(world.systemd.units["a.service"].is_enabled == ((bits & 4) != 0));
    CHECK(world.systemd.units["a.service"].is_active == ((bits & 8) != 0));
    const std::size_t differences = ((bits ^ (bits >> 2)) & 1) + (((bits ^ (bits >> 2)) >> 1) & 1);
    CHECK(world.programs.ran().size() == 1 + differences);  // and the look
  }
}

TEST_CASE("a unit whose file is older than its start is not restarted") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put("/etc/chrony.conf", "old\n");
  std::filesystem::last_write_time(world.files.at("/etc/chrony.conf"),
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  world.systemd.stop("chronyd.service");
  world.systemd.start("chronyd.service");
  const unsigned before = world.systemd.units["chronyd.service"].starts;
  const auto action = set_unit("chronyd.service", UnitState::enabled, "/etc/chrony.conf");
  CHECK(action->is_done(context));
  action->apply(context);
  CHECK(world.systemd.units["chronyd.service"].starts == before);
}

TEST_CASE("a unit that does not stop says so") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const Error error =
      test::thrown_by([&] { set_unit("firewalld.service", UnitState::disabled)->verify(context); });
  CHECK(error.message() == "firewalld.service is not off:\nfirewalld.service\n     Active: active");
  CHECK(error.hint() == "journalctl -u firewalld.service");
}

TEST_CASE("a unit that cannot be enabled is an error at once, one that does not start is for verify") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  CHECK(test::thrown_by([&] { enable_unit("no.service")->apply(context); }).kind() == ErrorKind::step);
  world.systemd.units["containerd.service"].fails_to_start = true;
  CHECK_NOTHROW(set_unit("containerd.service", UnitState::enabled)->apply(context));
  CHECK(world.systemd.units["containerd.service"].is_enabled);
  CHECK_FALSE(set_unit("containerd.service", UnitState::enabled)->is_done(context));
}

TEST_CASE("what actions on units say that they would do") {
  CHECK(set_unit("a.service", UnitState::enabled)->describe() == "systemctl enable --now a.service\n");
  CHECK(set_unit("a.service", UnitState::enabled, "/etc/a")->describe() ==
        "systemctl enable --now a.service (restarted when /etc/a is newer)\n");
  CHECK(set_unit("a.service", UnitState::disabled)->describe() == "systemctl disable --now a.service\n");
  CHECK(enable_unit("a.service")->describe() == "systemctl enable a.service\n");
}

}  // namespace bundle::actions
