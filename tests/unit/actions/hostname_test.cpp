#include "actions/hostname.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/lawful_action.hpp"
#include "support/said.hpp"
#include "support/thrown.hpp"

namespace bundle::actions {
namespace {

using test::FakeWorld;

constexpr const char* kNodeFile = "/etc/kubernetes/kubelet.conf";

}  // namespace

TEST_CASE("a host is named lawfully") {
  CHECK(test::check_laws(
            test::new_world,
            test::lawful([](FakeWorld&) { return set_hostname("m1", kNodeFile); }, undo_hostname)) == 8);
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
  CHECK(change == steps::Change{.type = "hostname",
                                .key = "hostname",
                                .before = {{"name", "localhost"}, {"written", "localhost"}, {"ours", "m1"}}});
  undo_hostname(host.host, change);
  undo_hostname(host.host, {.type = "hostname", .key = "hostname", .before = {{"name", ""}}});
  CHECK(world.programs.ran().empty());
  world.put("/proc/sys/kernel/hostname", "m1\n");
  undo_hostname(host.host, change);
  CHECK(world.get("/proc/sys/kernel/hostname") == "localhost\n");
}

TEST_CASE("a host is named when its next boot will name it so as well") {
  for (const char* written : {"", "# m1\n", "other\n", "m10\n"}) {
    CAPTURE(written);
    FakeWorld world;
    test::WorldHost host(world);
    steps::Context context(host.host);
    world.put("/proc/sys/kernel/hostname", "m1\n");
    world.put("/etc/hostname", written);
    const auto action = set_hostname("m1", kNodeFile);
    CHECK_FALSE(action->is_done(context));
    world.put(kNodeFile, "x");  // it has the name that others know: nothing forbids to write it down
    const steps::Change change = action->capture(context);
    action->apply(context);
    action->verify(context);
    CHECK(world.get("/etc/hostname") == "m1\n");
    undo_hostname(host.host, change);
    CHECK(world.get("/proc/sys/kernel/hostname") == "m1\n");
    CHECK(trim(world.get("/etc/hostname")) == (trim(written) == "# m1" ? "" : trim(written)));
  }
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put("/proc/sys/kernel/hostname", "m1\n");
  world.put("/etc/hostname", "# by hand\n\n m1 \n");
  CHECK(set_hostname("m1", kNodeFile)->is_done(context));
}

TEST_CASE("a name that is not so at the next boot after it was set is an error that says both") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put("/proc/sys/kernel/hostname", "m1\n");
  const Error error = test::thrown_by([&] { set_hostname("m1", kNodeFile)->verify(context); });
  CHECK(error.message() == "the host is named m1 now and localhost at the next boot, expected m1");
}

TEST_CASE("both names come back as they were, where they differed or one was not there") {
  for (const char* written : std::initializer_list<const char*>{"static\n", nullptr}) {
    CAPTURE(written);
    FakeWorld world;
    test::WorldHost host(world);
    steps::Context context(host.host);
    world.put("/proc/sys/kernel/hostname", "from-dhcp\n");
    world.files.remove("/etc/hostname");
    if (written != nullptr) {
      world.put("/etc/hostname", written);
    }
    const auto action = set_hostname("m1", kNodeFile);
    const steps::Change change = action->capture(context);
    action->apply(context);
    for (int i = 0; i < 2; ++i) {
      undo_hostname(host.host, change);
      CHECK(world.get("/proc/sys/kernel/hostname") == "from-dhcp\n");
      CHECK(world.files.read("/etc/hostname") ==
            (written != nullptr ? std::optional<std::string>(written) : std::nullopt));
    }
  }
}

TEST_CASE("the name for people is not touched") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  world.put("/etc/machine-info", "PRETTY_HOSTNAME=\"The first\"\n");
  const auto action = set_hostname("m1", kNodeFile);
  const steps::Change change = action->capture(context);
  action->apply(context);
  undo_hostname(host.host, change);
  CHECK(world.get("/etc/machine-info") == "PRETTY_HOSTNAME=\"The first\"\n");
}

TEST_CASE("a name that somebody has given since stays, and the one before is named") {
  FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = set_hostname("m1", kNodeFile);
  const steps::Change change = action->capture(context);
  action->apply(context);
  world.put("/etc/hostname", "theirs\n");
  world.put("/proc/sys/kernel/hostname", "theirs\n");
  const std::string said = test::said_by([&] { undo_hostname(host.host, change); });
  CHECK(test::holds(said,
                    "the host was named theirs since it was installed; it keeps that name; before it was "
                    "localhost"));
  CHECK(world.get("/etc/hostname") == "theirs\n");
  CHECK(world.get("/proc/sys/kernel/hostname") == "theirs\n");
}

TEST_CASE("a change of a version that asked the kernel alone is undone as that version did it") {
  FakeWorld world;
  test::WorldHost host(world);
  world.put("/proc/sys/kernel/hostname", "m1\n");
  undo_hostname(host.host, {.type = "hostname", .key = "hostname", .before = {{"name", "localhost"}}});
  CHECK(world.get("/proc/sys/kernel/hostname") == "localhost\n");
}

TEST_CASE("what naming a host is made of, and what it says that it would do") {
  CHECK(json::canonical(set_hostname("n", "/f")->inputs()) == R"({"hostname":"n"})");
  CHECK(set_hostname("n", "/f")->inputs() == set_hostname("n", "/g")->inputs());
  CHECK(set_hostname("n", "/f")->describe() == "hostnamectl --static --transient set-hostname -- n\n");
}

}  // namespace bundle::actions
