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

}  // namespace bundle::actions
