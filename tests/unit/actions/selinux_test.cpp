#include "actions/selinux.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "actions/command.hpp"
#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::actions {
namespace {

using test::FakeWorld;
using test::lawful;

constexpr const char* kBoolean = "haproxy_connect_any";
constexpr const char* kLocal = "/var/lib/selinux/targeted/active/booleans.local";

/// libsemanage forgets no boolean that was set once: `NAME=0` stays.
const test::Laws kBooleanLaws{.leftovers = {std::string("file ") + kLocal}};

test::MakeAction switched_on() {
  return lawful([](FakeWorld&) { return set_boolean(kBoolean); }, undo_boolean);
}

/// A world, and an action's context in it.
struct Machine {
  FakeWorld world;
  test::WorldHost host{world};
  steps::Context context{host.host};

  std::size_t count_of(const std::string& command) {
    const std::vector<std::string>& ran = world.programs.ran();
    return static_cast<std::size_t>(std::count(ran.begin(), ran.end(), command));
  }
  test::FakeSelinux::Boolean& boolean() { return world.selinux.booleans[kBoolean]; }
};

}  // namespace

TEST_CASE("SELinux becomes permissive lawfully, and enforces again") {
  // Points: before and after setenforce; before and after that of undo.
  CHECK(test::check_laws(test::new_world,
                         lawful([](FakeWorld&) { return make_selinux_permissive(); }, undo_selinux)) == 4);
}

TEST_CASE("SELinux that was permissive before stays so after an undo") {
  Machine machine;
  machine.world.put("/sys/fs/selinux/enforce", "0");
  const auto action = make_selinux_permissive();
  CHECK(action->is_done(machine.context));
  const steps::Change change = action->capture(machine.context);
  CHECK(change == steps::Change{.type = "selinux", .key = "selinux", .before = {{"enforce", "0"}}});
  undo_selinux(machine.host.host, change);
  CHECK(machine.world.get("/sys/fs/selinux/enforce") == "0");
  CHECK(machine.world.programs.ran().empty());
}

TEST_CASE("where there is no SELinux it counts as permissive, and undo does nothing") {
  Machine machine;
  machine.world.files.remove("/sys/fs/selinux");
  const auto action = make_selinux_permissive();
  CHECK(action->is_done(machine.context));
  const steps::Change change = action->capture(machine.context);
  CHECK(json::canonical(change.before) == R"({"enforce":""})");
  CHECK_NOTHROW(action->apply(machine.context));  // as it is called where the step has other inputs
  undo_selinux(machine.host.host, change);
  CHECK(machine.world.programs.ran().empty());
}

TEST_CASE("a boolean of SELinux is switched on lawfully, also when setsebool is cut in the middle") {
  CHECK(test::check_laws(test::new_world, switched_on(), kBooleanLaws) > 6);
}

TEST_CASE("a boolean that is on until the next boot only is not done") {
  Machine machine;
  machine.boolean() = {.now = true, .after_boot = false};
  const auto action = set_boolean(kBoolean);
  CHECK_FALSE(action->is_done(machine.context));
  CHECK(test::holds(test::thrown_by([&] { action->verify(machine.context); }).message(),
                    "setsebool -P haproxy_connect_any 1"));
  action->apply(machine.context);
  CHECK(action->is_done(machine.context));
  CHECK(machine.boolean().after_boot);
}

TEST_CASE("a boolean that is off now is not done although the next boot will switch it on") {
  Machine machine;
  machine.world.put(kLocal, "haproxy_connect_any=1\n");
  CHECK_FALSE(set_boolean(kBoolean)->is_done(machine.context));
}

TEST_CASE("only a line with exactly its name and a 1 keeps a boolean on") {
  Machine machine;
  machine.boolean().now = true;
  for (const char* line :
       {"haproxy_connect_any=0\n", "haproxy_connect_any=10\n", "my_haproxy_connect_any=1\n",
        "haproxy_connect_any2=1\n", "# haproxy_connect_any=1\n", ""}) {
    CAPTURE(line);
    machine.world.put(kLocal, line);
    CHECK_FALSE(set_boolean(kBoolean)->is_done(machine.context));
  }
  machine.world.put(kLocal, "a=1\nhaproxy_connect_any=1");  // the last line may lack its newline
  CHECK(set_boolean(kBoolean)->is_done(machine.context));
}

TEST_CASE("the store is that of the policy in /etc/selinux/config, wherever its root is") {
  Machine machine;
  machine.boolean().now = true;
  machine.world.put(kLocal, "haproxy_connect_any=1\n");
  machine.world.put("/etc/selinux/config", "# SELINUXTYPE=targeted\nSELINUX=enforcing\nSELINUXTYPE=mls \n");
  machine.world.put("/etc/selinux/mls/active/booleans.local", "");
  CHECK_FALSE(set_boolean(kBoolean)->is_done(machine.context));
  machine.world.put("/etc/selinux/mls/active/booleans.local", "haproxy_connect_any=1\n");
  CHECK(set_boolean(kBoolean)->is_done(machine.context));
}

TEST_CASE("where no policy store can be seen, what is on now is done, and undo switches it off") {
  Machine machine;
  machine.world.files.remove("/var/lib/selinux");
  const auto action = set_boolean(kBoolean);
  CHECK_FALSE(action->is_done(machine.context));
  const steps::Change change = action->capture(machine.context);
  machine.boolean() = {.now = true, .after_boot = true};
  CHECK(action->is_done(machine.context));
  undo_boolean(machine.host.host, change);
  CHECK_FALSE(machine.boolean().now);
  CHECK_FALSE(machine.boolean().after_boot);
}

TEST_CASE("a boolean that was on before, by the policy or by somebody, stays on after an undo") {
  for (const bool is_kept : {false, true}) {
    CAPTURE(is_kept);
    Machine machine;
    machine.boolean() = {.now = !is_kept, .after_boot = true};
    machine.world.put(kLocal, is_kept ? "haproxy_connect_any=1\n" : "");
    const auto action = set_boolean(kBoolean);
    const steps::Change change = action->capture(machine.context);
    CHECK(change == steps::Change{.type = "boolean", .key = kBoolean, .before = {{"on", true}}});
    action->apply(machine.context);
    undo_boolean(machine.host.host, change);
    CHECK(machine.boolean().now);
    CHECK(machine.boolean().after_boot);
  }
}

TEST_CASE("undo of a boolean that is off already takes no half minute, and needs SELinux") {
  Machine machine;
  const steps::Change change{.type = "boolean", .key = kBoolean, .before = {{"on", false}}};
  undo_boolean(machine.host.host, change);
  CHECK(machine.count_of("setsebool -P haproxy_connect_any 0") == 0);
  machine.world.put(kLocal, "haproxy_connect_any=1\n");  // an undo that was cut in the middle
  undo_boolean(machine.host.host, change);
  CHECK(machine.count_of("setsebool -P haproxy_connect_any 0") == 1);
  machine.world.put(kLocal, "haproxy_connect_any=1\n");
  machine.world.files.remove("/sys/fs/selinux");
  undo_boolean(machine.host.host, change);
  CHECK(machine.count_of("setsebool -P haproxy_connect_any 0") == 1);
}

TEST_CASE("a boolean that the policy does not have fails with setsebool's words") {
  Machine machine;
  const Error error = test::thrown_by([&] { set_boolean("no_such")->apply(machine.context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(test::holds(error.message(), "Boolean no_such is not defined"));
}

TEST_CASE("a boolean that an earlier version switched on as a command is still taken back") {
  Machine machine;
  set_boolean(kBoolean)->apply(machine.context);
  undo_command(machine.host.host, {.type = "command",
                                   .key = kBoolean,
                                   .before = {{"undo", json::Array{"setsebool", "-P", kBoolean, "0"}}}});
  CHECK_FALSE(machine.boolean().after_boot);
}

TEST_CASE("what SELinux's actions are made of, and what they say that they would do") {
  CHECK(json::canonical(make_selinux_permissive()->inputs()) == R"({"selinux":"permissive"})");
  CHECK(make_selinux_permissive()->describe() == "setenforce 0\n");
  CHECK(json::canonical(set_boolean("a_b")->inputs()) == R"({"run":["setsebool","-P","a_b","1"]})");
  CHECK(set_boolean("a_b")->describe() == "setsebool -P a_b 1\n");
  CHECK(set_boolean("a_b")->inputs() != set_boolean("a_c")->inputs());
}

}  // namespace bundle::actions
