#include "actions/command.hpp"

#include <doctest/doctest.h>

#include <csignal>

#include "base/interrupt.hpp"
#include "support/in_child.hpp"
#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::actions {
namespace {

using test::FakeWorld;
using test::holds;

CommandSpec enable_kubelet() {
  return {.key = "kubelet",
          .argv = {"systemctl", "enable", "kubelet.service"},
          .is_done =
              [](const host::Host& host) {
                return host.ask({"systemctl", "is-enabled", "kubelet.service"}).status == 0;
              },
          .undo = {"systemctl", "disable", "kubelet.service"}};
}

Condition condition(std::vector<std::string> probe, std::chrono::seconds timeout) {
  return {.words = "the sun shines",
          .probe = std::move(probe),
          .timeout = timeout,
          .diagnosis = [](const host::Host&) { return std::string("clouds: 8/8"); },
          .hint = "wait"};
}

}  // namespace

TEST_CASE("a command with one that takes it back is lawful") {
  CHECK(test::check_laws(
            test::new_world,
            test::lawful([](FakeWorld&) { return run_command(enable_kubelet()); }, undo_command)) >= 4);
}

TEST_CASE("what was so before is not taken back") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.systemd.units["kubelet.service"].is_enabled = true;
  const steps::Change change = run_command(enable_kubelet())->capture(context);
  undo_command(host.host, change);
  CHECK(world.systemd.units["kubelet.service"].is_enabled);
}

TEST_CASE("a wait ends when its condition holds, also when that comes by itself") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  int asked = 0;
  world.programs.on({"probe"}, [&](const Command&) { return CommandResult{.status = ++asked < 3 ? 1 : 0}; });
  const auto action = wait_for(condition({"probe"}, std::chrono::seconds(60)));
  action->apply(context);
  CHECK(asked == 3);
  action->verify(context);
  CHECK(asked == 3);  // it is not asked for again: it may hold only now and then
}

TEST_CASE("a wait that ends in vain says what it saw, and what to do") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.programs.on({"probe"}, {.status = 1});
  const Error error =
      test::thrown_by([&] { wait_for(condition({"probe"}, std::chrono::seconds(0)))->apply(context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(error.message() == "after 0 s it is still not so that the sun shines\nclouds: 8/8");
  CHECK(error.hint() == "wait");
}

TEST_CASE("the words of a wait, its patience and its hint are not what it is") {
  Condition other = condition({"probe", "x"}, std::chrono::seconds(1));
  other.words = "it rains";
  CHECK(wait_for(condition({"probe", "x"}, std::chrono::seconds(60)))->inputs() == wait_for(other)->inputs());
  CHECK(json::canonical(wait_for(other)->inputs()) == R"({"wait":["probe","x"]})");
  CHECK(json::canonical(run_command(enable_kubelet())->inputs()) ==
        R"({"run":["systemctl","enable","kubelet.service"]})");
}

TEST_CASE("a command keeps its undo only when it was not so before") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = run_command(enable_kubelet());
  CHECK(action->capture(context) ==
        steps::Change{.type = "command",
                      .key = "kubelet",
                      .before = {{"undo", json::Array{"systemctl", "disable", "kubelet.service"}}}});
  world.systemd.units["kubelet.service"].is_enabled = true;
  CHECK(action->is_done(context));
  CHECK(json::canonical(action->capture(context).before) == R"({"undo":[]})");
}

TEST_CASE("a command that changed nothing is told from one that failed") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  CommandSpec spec = enable_kubelet();
  spec.argv = {"systemctl", "daemon-reload"};
  const auto useless = run_command(spec);
  useless->apply(context);
  CHECK(test::thrown_by([&] { useless->verify(context); }).message() ==
        "this was done, but the host does not show it:\nsystemctl daemon-reload\n");
  spec.argv = {"systemctl", "enable", "no.service"};
  const Error error = test::thrown_by([&] { run_command(spec)->apply(context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(holds(error.message(), "Unit file no.service does not exist"));
}

TEST_CASE("a command has the time that it was given") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  std::vector<std::int64_t> seconds;
  world.programs.on({"slow"}, [&](const Command& command) {
    seconds.push_back(command.timeout.count());
    return CommandResult{};
  });
  const auto is_done = [](const host::Host&) { return true; };
  run_command({.key = "k", .argv = {"slow"}, .is_done = is_done, .undo = {}})->apply(context);
  run_command(
      {.key = "k", .argv = {"slow"}, .is_done = is_done, .undo = {}, .timeout = std::chrono::seconds(7)})
      ->apply(context);
  CHECK(seconds == std::vector<std::int64_t>{300, 7});
}

TEST_CASE("an undo that fails is an error, and one without words runs nothing") {
  FakeWorld world;
  test::WorldHost host(world);
  undo_command(host.host, {.type = "command", .key = "k", .before = {}});
  undo_command(host.host, {.type = "command", .key = "k", .before = {{"undo", json::Array()}}});
  CHECK(world.programs.ran().empty());
  const steps::Change change{
      .type = "command", .key = "k", .before = {{"undo", json::Array{"systemctl", "disable", "no.service"}}}};
  CHECK(test::thrown_by([&] { undo_command(host.host, change); }).kind() == ErrorKind::step);
}

TEST_CASE("a wait for what is so already asks once, and keeps nothing for undo") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.programs.on({"probe"}, CommandResult{});
  const auto action = wait_for(condition({"probe"}, std::chrono::seconds(0)));
  CHECK(action->is_done(context));
  action->apply(context);
  CHECK(world.programs.ran() == std::vector<std::string>{"probe", "probe"});
  CHECK(action->capture(context) == steps::Change{.type = "none", .key = "the sun shines", .before = {}});
}

TEST_CASE("a wait without a diagnosis says what was waited for, also when its program is not there") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.runner.absent.insert("crictl");
  Condition silent = condition({"crictl", "info"}, std::chrono::seconds(0));
  silent.diagnosis = nullptr;
  const Error error = test::thrown_by([&] { wait_for(silent)->apply(context); });
  CHECK(error.message() == "after 0 s it is still not so that the sun shines");
  CHECK(world.unknown().empty());
}

TEST_CASE("a wait ends when a stop is asked for") {
  const int code = test::in_child([] {
    FakeWorld world;
    test::WorldHost host(world);
    steps::Context context(host.host);
    watch_interrupts();
    int asked = 0;
    world.programs.on({"probe"}, [&](const Command&) {
      if (++asked == 1) {
        ::raise(SIGINT);
      }
      return CommandResult{.status = asked < 3 ? 1 : 0};
    });
    try {
      wait_for(condition({"probe"}, std::chrono::seconds(60)))->apply(context);
    } catch (const Error& error) {
      return error.kind() == ErrorKind::interrupted && asked == 1 ? 42 : 2;
    }
    return 1;
  });
  CHECK(code == 42);
}

TEST_CASE("a diagnosis is made when the time is over, not before") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  int asked = 0;
  world.programs.on({"probe"}, [&](const Command&) { return CommandResult{.status = ++asked < 2 ? 1 : 0}; });
  Condition watched = condition({"probe"}, std::chrono::seconds(60));
  watched.diagnosis = [](const host::Host&) -> std::string {
    FAIL("nobody needs it");
    return {};
  };
  wait_for(watched)->apply(context);
  CHECK(asked == 2);
}

TEST_CASE("what commands and waits say that they would do") {
  CHECK(run_command(enable_kubelet())->describe() == "systemctl enable kubelet.service\n");
  CHECK(run_command({.key = "k", .argv = {"bash", "-c", "a b"}, .is_done = {}, .undo = {}})->describe() ==
        "bash -c 'a b'\n");
  CHECK(wait_for(condition({"probe", "x"}, std::chrono::seconds(60)))->describe() ==
        "wait until the sun shines (at most 60 s): probe x\n");
}

}  // namespace bundle::actions
