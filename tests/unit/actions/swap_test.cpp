#include "actions/swap.hpp"

#include <doctest/doctest.h>

#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::actions {
namespace {

using test::FakeWorld;
using test::holds;
using test::lawful;
using Texts = std::vector<std::string>;

constexpr const char* kSwaps = "/proc/swaps";

/// A host whose systemd turns on a zram device, a partition that it found, the file of an administrator's own
/// unit, and a device that a service makes; and, as long as /etc/fstab has the line, that line's.
void add_swap_units(FakeWorld& world) {
  using Unit = test::FakeSystemd::Unit;
  world.systemd.units["dev-zram0.swap"] = Unit{.is_active = true, .state = "generated"};
  world.systemd.units["dev-sda3.swap"] = Unit{.state = "generated"};
  world.systemd.units["swapfile.swap"] = Unit{.is_enabled = true, .is_active = true};
  world.put("/etc/systemd/system/swapfile.swap", "[Swap]\nWhat=/swapfile\n[Install]\nWantedBy=swap.target\n");
  world.systemd.units["zram-swap.service"] = Unit{.is_enabled = true, .is_active = true};
  world.systemd.units["zramlater.service"] = Unit{};
  world.systemd.generate = [&world] {
    if (world.get("/etc/fstab").find("\n/dev/dm-1") == std::string::npos) {
      world.systemd.units.erase("dev-dm\\x2d1.swap");
    }
  };
}

std::unique_ptr<FakeWorld> world_with_units() {
  auto world = std::make_unique<FakeWorld>();
  add_swap_units(*world);
  return world;
}

}  // namespace

TEST_CASE("swap is turned off lawfully, and comes back") {
  CHECK(test::check_laws(test::new_world, lawful([](FakeWorld&) { return turn_swap_off(); }, undo_swap)) >=
        2);
}

TEST_CASE("swap stays off lawfully, and what turned it on at boot does so again after undo") {
  CHECK(test::check_laws(world_with_units,
                         lawful([](FakeWorld&) { return keep_swap_off(); }, undo_swap_units)) >= 2);
}

TEST_CASE("units that turn swap on are masked, or disabled where systemd does not mask them") {
  FakeWorld world;
  add_swap_units(world);
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = keep_swap_off();
  CHECK_FALSE(action->is_done(context));
  const steps::Change change = action->capture(context);
  CHECK(json::texts_at(change.before, "unmasked") == Texts{"dev-sda3.swap", "dev-zram0.swap", "swap.target"});
  CHECK(json::texts_at(change.before, "enabled") == Texts{"swapfile.swap", "zram-swap.service"});
  CHECK(json::texts_at(change.before, "active") ==
        Texts{"dev-zram0.swap", "swapfile.swap", "zram-swap.service"});
  action->apply(context);
  action->verify(context);
  CHECK(action->is_done(context));
  for (const char* unit : {"swap.target", "dev-zram0.swap", "dev-sda3.swap"}) {
    CAPTURE(unit);
    CHECK(world.systemd.units.at(unit).is_masked);
  }
  CHECK_FALSE(world.systemd.units.at("swapfile.swap").is_enabled);
  CHECK_FALSE(world.systemd.units.at("zram-swap.service").is_enabled);
  world.systemd.stop("dev-zram0.swap");
  undo_swap_units(host.host, change);
  CHECK(world.systemd.is_active("dev-zram0.swap"));
  CHECK(world.systemd.units.at("swapfile.swap").is_enabled);
  CHECK(json::canonical(action->inputs()) == R"({"swap-units":"off"})");
  CHECK(holds(action->describe(), "systemctl mask swap.target"));
}

TEST_CASE("a unit of a line that /etc/fstab does not have any more is left to its generator") {
  FakeWorld world;
  add_swap_units(world);
  world.systemd.units = {{"swap.target", {.state = "static"}},
                         {"dev-dm\\x2d1.swap", {.is_active = true, .state = "generated"}}};
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = keep_swap_off();
  CHECK_FALSE(action->is_done(context));
  const steps::Change change = action->capture(context);
  world.put("/etc/fstab", "/dev/dm-0 / xfs defaults 0 0\n");
  action->apply(context);
  CHECK(action->is_done(context));
  CHECK_FALSE(world.systemd.units.at("swap.target").is_masked);
  undo_swap_units(host.host, change);
  CHECK(world.unknown() == Texts());
}

TEST_CASE("an administrator's unit without an [Install] part is kept off by the target") {
  FakeWorld world;
  world.systemd.units["swapfile.swap"] = {.state = "static"};
  world.put("/etc/systemd/system/swapfile.swap", "[Swap]\nWhat=/swapfile\n");
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = keep_swap_off();
  CHECK_FALSE(action->is_done(context));
  action->apply(context);
  CHECK(action->is_done(context));
  CHECK(world.systemd.units.at("swap.target").is_masked);
}

TEST_CASE("a host without such units is left as it is") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = keep_swap_off();
  CHECK(action->is_done(context));
  action->apply(context);
  CHECK(world.programs.ran() == Texts(2,
                                      "systemctl list-unit-files --no-legend --no-pager swap.target "
                                      "'*.swap' 'zram*.service'"));
}

TEST_CASE("what still turns swap on is named") {
  FakeWorld world;
  add_swap_units(world);
  test::WorldHost host(world);
  steps::Context context(host.host);
  const Error error = test::thrown_by([&] { keep_swap_off()->verify(context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(holds(error.message(), "dev-zram0.swap (generated)"));
}

TEST_CASE("undo swaps on what was on and is not again, and a host without swap has nothing to undo") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = turn_swap_off();
  CHECK_FALSE(action->is_done(context));
  const steps::Change change = action->capture(context);
  CHECK(change == steps::Change{.type = "swap", .key = "swap", .before = {{"on", json::Array{"/dev/dm-1"}}}});
  undo_swap(host.host, change);  // it is on all the time
  CHECK(world.programs.ran().empty());
  action->apply(context);
  CHECK(action->is_done(context));
  CHECK(json::canonical(action->capture(context).before) == R"({"on":[]})");
  undo_swap(host.host, {.type = "swap", .key = "swap", .before = {{"on", json::Array()}}});
  CHECK(world.programs.ran() == Texts{"swapoff -a"});
  CHECK(action->describe() == "swapoff -a\n");
  CHECK(json::canonical(action->inputs()) == R"({"swap":"off"})");
}

TEST_CASE("a device that has gone since does not stop an undo") {
  FakeWorld world;
  test::WorldHost host(world);
  world.put(kSwaps, "Filename Type Size Used Priority\n");
  undo_swap(host.host, {.type = "swap", .key = "swap", .before = {{"on", json::Array{"/dev/zram0"}}}});
  CHECK(world.programs.ran().empty());
}

}  // namespace bundle::actions
