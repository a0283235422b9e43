#include "support/action_laws.hpp"

#include <optional>

#include "base/error.hpp"

namespace bundle::test {
namespace {

void run(FakeWorld& world, std::vector<std::string> argv) {
  run_checked(world.runner, {.argv = std::move(argv)});
}

/// Only what is open now is open for good as well: nothing else shows that the reload was cut off.
bool is_open(FakeWorld& world) {
  return world.runner.run({.argv = {"firewall-cmd", "--query-port=1/tcp"}}).status == 0;
}

/// Opens a port, and closes it again when it was not open when the first try began.
LawfulAction open_port(FakeWorld& /*world*/) {
  const auto was_open = std::make_shared<std::optional<bool>>();
  return {.is_done = is_open,
          .capture =
              [was_open](FakeWorld& world) {
                if (!*was_open) {
                  *was_open = is_open(world);
                }
              },
          .apply =
              [](FakeWorld& world) {
                run(world, {"firewall-cmd", "--permanent", "--add-port=1/tcp"});
                run(world, {"firewall-cmd", "--reload"});
              },
          .verify =
              [](FakeWorld& world) {
                if (!is_open(world)) {
                  fail(ErrorKind::step, "the port is not open");
                }
              },
          .undo =
              [was_open](FakeWorld& world) {
                if (*was_open == false) {
                  run(world, {"firewall-cmd", "--permanent", "--remove-port=1/tcp"});
                  run(world, {"firewall-cmd", "--reload"});
                }
              }};
}

TEST_CASE("an action that keeps the laws is cut at each of its commands") {
  // Five commands when doing, and two when undoing, with a point before and after each.
  const std::size_t cuts = check_laws([] { return std::make_unique<FakeWorld>(); }, open_port);
  CHECK(cuts == 14);
}

TEST_CASE("an action that takes a half-done change for a whole one breaks the laws" *
          doctest::should_fail()) {
  const auto open_hastily = [](FakeWorld& world) {
    LawfulAction action = open_port(world);
    action.is_done = [](FakeWorld& asked) {
      const Command query{.argv = {"firewall-cmd", "--permanent", "--query-port=1/tcp"}};
      return asked.runner.run(query).status == 0;
    };
    action.verify = [](FakeWorld&) {};
    return action;
  };
  check_laws([] { return std::make_unique<FakeWorld>(); }, open_hastily);
}

}  // namespace
}  // namespace bundle::test
