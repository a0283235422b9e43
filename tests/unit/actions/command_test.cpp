#include "actions/command.hpp"

#include <doctest/doctest.h>

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

}  // namespace bundle::actions
