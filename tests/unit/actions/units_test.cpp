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

constexpr const char* kConfig = "/etc/chrony.conf";

/// A chronyd that runs with this file, and its action in a step that has just begun.
struct Running {
  FakeWorld world;
  test::WorldHost host{world};
  std::unique_ptr<steps::Action> action = set_unit("chronyd.service", UnitState::enabled, kConfig);
  std::vector<steps::Change> changes;
  json::Array marks;

  explicit Running(const std::string& content) {
    world.put(kConfig, content);
    next_run();
  }
  steps::Context context() {
    return steps::Context(host.host, changes, marks,
                          [this](const json::Value& what) { marks.push_back(what); });
  }
  /// As the executor begins a step.
  void next_run() {
    steps::Context now = context();
    steps::Change change = action->capture(now);
    changes = {std::move(change)};
  }
  bool is_done() {
    steps::Context now = context();
    return action->is_done(now);
  }
  void apply() {
    steps::Context now = context();
    action->apply(now);
  }
  void restart_by_hand() {
    world.systemd.stop("chronyd.service");
    world.systemd.start("chronyd.service");
  }
  unsigned starts() { return world.systemd.units["chronyd.service"].starts; }
};

}  // namespace

TEST_CASE("a unit is enabled and started lawfully") {
  CHECK(test::check_laws(test::new_world, lawful(unit("containerd.service", UnitState::enabled), undo_unit)) >
        8);
}

TEST_CASE("a unit with a file is enabled and started lawfully") {
  CHECK(test::check_laws(test::new_world, lawful(unit("containerd.service", UnitState::enabled, "/etc/fstab"),
                                                 undo_unit)) > 8);
}

TEST_CASE("a unit that runs is turned off lawfully, and comes back") {
  CHECK(test::check_laws(test::new_world, lawful(unit("firewalld.service", UnitState::disabled), undo_unit)) >
        4);
}

TEST_CASE("a unit is enabled without being started lawfully") {
  CHECK(test::check_laws(test::new_world,
                         lawful([](FakeWorld&) { return enable_unit("kubelet.service"); }, undo_unit)) > 4);
}

TEST_CASE("a unit that runs with another file than there is now is restarted, once") {
  Running fake("theirs\n");
  fake.world.put(kConfig, "ours\n");
  CHECK_FALSE(fake.is_done());
  fake.apply();
  CHECK(fake.starts() == 1);
  CHECK(fake.is_done());
  fake.apply();
  CHECK(fake.starts() == 1);
}

TEST_CASE("whatever the clock said when the file was written, a unit that runs with it is left alone") {
  for (const auto jump : {std::chrono::hours(2), -std::chrono::hours(2), std::chrono::hours(24 * 3650),
                          -std::chrono::hours(24 * 3650)}) {
    Running fake("theirs\n");
    fake.world.put(kConfig, "ours\n");
    std::filesystem::last_write_time(fake.world.files.at(kConfig),
                                     std::filesystem::file_time_type::clock::now() + jump);
    fake.apply();
    CHECK(fake.starts() == 1);
    CHECK(fake.is_done());
    fake.next_run();
    CHECK(fake.is_done());
  }
}

TEST_CASE("a restart that was still due when the run was cut off is made by the next one") {
  Running fake("theirs\n");
  fake.world.put(kConfig, "ours\n");
  fake.next_run();  // begins anew, with a file that is ours already
  CHECK_FALSE(fake.is_done());
  fake.next_run();
  fake.apply();
  CHECK(fake.starts() == 1);
  CHECK(fake.is_done());
}

TEST_CASE("who was started by somebody else since then runs with what lay there") {
  Running fake("theirs\n");
  fake.world.put(kConfig, "ours\n");
  fake.restart_by_hand();
  fake.next_run();
  CHECK(fake.is_done());
  SUBCASE("also with another file, until its step writes ours again") {
    fake.world.put(kConfig, "by hand\n");
    fake.restart_by_hand();
    fake.next_run();
    fake.world.put(kConfig, "ours\n");
    CHECK_FALSE(fake.is_done());
    fake.next_run();  // cut off
    fake.apply();
    CHECK(fake.starts() == 3);
    CHECK(fake.is_done());
  }
  SUBCASE("but a file that was changed under it and back again owes nothing") {
    fake.world.put(kConfig, "by hand\n");
    fake.next_run();
    fake.world.put(kConfig, "ours\n");
    CHECK(fake.is_done());
  }
}

TEST_CASE("a unit without a file is never restarted") {
  Running fake("theirs\n");
  fake.world.put(kConfig, "ours\n");
  steps::Context context(fake.host.host);
  CHECK(set_unit("chronyd.service", UnitState::enabled)->is_done(context));
  CHECK_FALSE(set_unit("chronyd.service", UnitState::enabled)->capture(context).before.contains("ours"));
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
        "systemctl enable --now a.service (restarted when it runs with another /etc/a)\n");
  CHECK(set_unit("a.service", UnitState::disabled)->describe() == "systemctl disable --now a.service\n");
  CHECK(enable_unit("a.service")->describe() == "systemctl enable a.service\n");
}

}  // namespace bundle::actions
