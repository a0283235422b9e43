#include "actions/hostname.hpp"

#include <doctest/doctest.h>

#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::actions {
namespace {

using test::FakeWorld;

constexpr const char* kNodeFile = "/etc/kubernetes/kubelet.conf";

}  // namespace

TEST_CASE("a host is named lawfully") {
  CHECK(test::check_laws(
            test::new_world,
            test::lawful([](FakeWorld&) { return set_hostname("m1", kNodeFile); }, undo_hostname)) == 6);
}

TEST_CASE("a host that others know by its name keeps it, and the error says both") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put("/etc/some/file", "x");
  const Error error = test::thrown_by([&] { set_hostname("m1", "/etc/some/file")->apply(context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(error.message() == "this host is a node of a cluster under the name localhost, expected m1");
  CHECK(error.hint() == "kubeadm reset, or give the node its old name in the site file");
  CHECK(world.get("/etc/hostname") == "localhost\n");
  CHECK(world.programs.ran().empty());
}

TEST_CASE("only the file that was given forbids a name") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put(kNodeFile, "x");
  set_hostname("m1", "/etc/some/file")->apply(context);
  CHECK(world.get("/proc/sys/kernel/hostname") == "m1\n");
}

TEST_CASE("a node that has the right name already is not refused") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put(kNodeFile, "x");
  const auto action = set_hostname("localhost", kNodeFile);
  CHECK(action->is_done(context));
  CHECK_NOTHROW(action->apply(context));  // as it is called where the inputs were others
  CHECK(action->is_done(context));
}

TEST_CASE("a name is all of it, not a beginning") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put("/proc/sys/kernel/hostname", "m10\n");
  CHECK_FALSE(set_hostname("m1", kNodeFile)->is_done(context));
  world.put("/proc/sys/kernel/hostname", "m1.example.org\n");
  CHECK_FALSE(set_hostname("m1", kNodeFile)->is_done(context));
}

TEST_CASE("undo gives the name back that the host had, and leaves one without a name alone") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = set_hostname("m1", kNodeFile);
  const steps::Change change = action->capture(context);
  CHECK(change == steps::Change{.type = "hostname", .key = "hostname", .before = {{"name", "localhost"}}});
  undo_hostname(host.host, change);
  undo_hostname(host.host, {.type = "hostname", .key = "hostname", .before = {{"name", ""}}});
  CHECK(world.programs.ran().empty());
  world.put("/proc/sys/kernel/hostname", "m1\n");
  undo_hostname(host.host, change);
  CHECK(world.get("/proc/sys/kernel/hostname") == "localhost\n");
}

TEST_CASE("what naming a host is made of, and what it says that it would do") {
  CHECK(json::canonical(set_hostname("n", "/f")->inputs()) == R"({"hostname":"n"})");
  CHECK(set_hostname("n", "/f")->inputs() == set_hostname("n", "/g")->inputs());
  CHECK(set_hostname("n", "/f")->describe() == "hostnamectl set-hostname -- n\n");
}

}  // namespace bundle::actions
