#include "actions/fapolicyd.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::actions {
namespace {

using test::FakeWorld;
using test::holds;
using test::lawful;

constexpr const char* kRules = "/etc/fapolicyd/rules.d/38-bundle.rules";
constexpr const char* kCompiled = "/etc/fapolicyd/compiled.rules";

/// When the unit starts, fagenrules makes one file of those in rules.d, in their order and without comments.
void compile(const FakeWorld& world) {
  std::string compiled;
  for (const std::string& name : list_folder(world.files.at("/etc/fapolicyd/rules.d"))) {
    const std::string text = world.get("/etc/fapolicyd/rules.d/" + name);
    for (const std::string_view line : split(text, '\n')) {
      compiled += line.empty() || line.starts_with('#') ? "" : std::string(line) + "\n";
    }
  }
  world.put(kCompiled, compiled);
}

void add_fapolicyd(FakeWorld& world) {
  world.systemd.units["fapolicyd.service"] = {.is_enabled = true, .is_active = true, .started_at_us = 1};
  world.put("/etc/fapolicyd/rules.d/90-deny-execute.rules", "deny_audit perm=execute all : all\n");
  compile(world);
  world.systemd.changed = [&world](const std::string& unit, bool is_active) {
    if (unit == "fapolicyd.service" && is_active) {
      compile(world);
    }
  };
}

std::unique_ptr<FakeWorld> world_with_fapolicyd() {
  auto world = std::make_unique<FakeWorld>();
  add_fapolicyd(*world);
  return world;
}

const AllowedPrograms kPrograms{.folders = {"/opt/cni/bin"}, .files = {"/usr/libexec/x.sh"}};
constexpr std::string_view kContent =
    "# Made by bundle: what it puts on this host beside packages.\n"
    "allow perm=any all : dir=/opt/cni/bin/\n"
    "allow perm=any all : path=/usr/libexec/x.sh\n";

}  // namespace

TEST_CASE("fapolicyd is given rules lawfully, and they are taken from it again") {
  CHECK(test::check_laws(world_with_fapolicyd, lawful([](FakeWorld&) { return allow_programs(kPrograms); },
                                                      undo_allowed_programs)) >= 2);
}

TEST_CASE("the rules come before those that deny, and count once the daemon has them") {
  FakeWorld world;
  add_fapolicyd(world);
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = allow_programs(kPrograms);
  world.put(kRules, kContent);
  CHECK_FALSE(action->is_done(context));  // written, and not loaded
  CHECK(holds(test::thrown_by([&] { action->verify(context); }).message(), kCompiled));
  action->apply(context);
  action->verify(context);
  CHECK(world.get(kRules) == kContent);
  CHECK(world.get(kCompiled) ==
        "allow perm=any all : dir=/opt/cni/bin/\nallow perm=any all : path=/usr/libexec/x.sh\n"
        "deny_audit perm=execute all : all\n");
  CHECK(world.programs.ran() == std::vector<std::string>{"systemctl restart fapolicyd.service"});
  CHECK(holds(action->describe(), "  | allow perm=any all : dir=/opt/cni/bin/\n"));
}

TEST_CASE("other programs are other inputs") {
  CHECK(allow_programs(kPrograms)->inputs() != allow_programs({.folders = {"/opt/cni/bin"}})->inputs());
}

TEST_CASE("undo leaves rules that somebody has changed, and a daemon that is off") {
  FakeWorld world;
  add_fapolicyd(world);
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = allow_programs(kPrograms);
  const steps::Change change = action->capture(context);
  action->apply(context);
  world.put(kRules, "allow perm=any all : all\n");
  undo_allowed_programs(host.host, change);
  CHECK(world.get(kRules) == "allow perm=any all : all\n");
  world.put(kRules, kContent);
  world.systemd.stop("fapolicyd.service");
  undo_allowed_programs(host.host, change);
  CHECK_FALSE(world.exists(kRules));
  CHECK_FALSE(world.systemd.is_active("fapolicyd.service"));
}

TEST_CASE("rules of an earlier try are ours to undo when one with other programs was cut off") {
  FakeWorld world;
  add_fapolicyd(world);
  test::WorldHost host(world);
  steps::Context first(host.host);
  const auto action = allow_programs(kPrograms);
  steps::Change change = action->capture(first);
  action->apply(first);
  steps::Context second(host.host, {change}, {});
  const auto other = allow_programs({.folders = {"/opt/cni/bin"}});
  change.before["ours"] = other->capture(second).before.at("ours");  // as the executor keeps it
  SUBCASE("before it wrote its own") {}
  SUBCASE("after it wrote its own") { other->apply(second); }
  REQUIRE(world.exists(kRules));
  undo_allowed_programs(host.host, change);
  CHECK_FALSE(world.exists(kRules));
}

TEST_CASE("a host has fapolicyd when it runs, and takes its rules from files") {
  FakeWorld world;
  test::WorldHost host(world);
  CHECK_FALSE(has_fapolicyd(host.host));
  add_fapolicyd(world);
  CHECK(has_fapolicyd(host.host));
  world.systemd.stop("fapolicyd.service");
  CHECK_FALSE(has_fapolicyd(host.host));
}

}  // namespace bundle::actions
