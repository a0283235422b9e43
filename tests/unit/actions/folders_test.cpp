#include "actions/folders.hpp"

#include <doctest/doctest.h>

#include "host/mounts.hpp"
#include "support/lawful_action.hpp"
#include "support/private_mounts.hpp"
#include "support/said.hpp"
#include "support/thrown.hpp"

namespace bundle::actions {
namespace {

using test::FakeWorld;
using test::holds;
using Names = std::vector<std::string>;

constexpr const char* kFolder = "/var/lib/made";

/// A world, and what undo keeps of its folder before programs fill it.
struct Machine {
  FakeWorld world;
  test::WorldHost host{world};
  steps::Context context{host.host};

  steps::Change capture(const Names& names = {"ours*"}) {
    return own_folder(kFolder, names)->capture(context);
  }
  void fill() const {
    world.put("/var/lib/made/ours1/x", "x");
    world.put("/var/lib/made/ours2", "x");
  }
  std::string undo(const steps::Change& change) {
    return test::said_by([&] { undo_folder(host.host, change); });
  }
  Names left() const { return host.host.list(kFolder); }
};

}  // namespace

TEST_CASE("a folder that was not there goes with all in it, also twice, and one that was there stays") {
  Machine machine;
  const steps::Change change = machine.capture({});
  CHECK(change == steps::Change{.type = "folder", .key = kFolder, .before = {{"existed", false}}});
  machine.undo(change);
  machine.fill();
  machine.world.put("/var/lib/made/theirs", "x");
  CHECK(machine.undo(change).empty());
  CHECK_FALSE(machine.world.exists(kFolder));
  machine.undo(change);
  machine.world.put("/var/lib/made/theirs", "x");
  const steps::Change later = machine.capture({});
  CHECK(later.before == json::Object{{"existed", true}});
  machine.undo(later);
  CHECK(machine.left() == Names{"theirs"});
}

TEST_CASE("a folder that was there is emptied of what programs have put there since, by their names") {
  Machine machine;
  machine.world.put("/var/lib/made/ours0", "before");
  machine.world.put("/var/lib/made/theirs", "before");
  const steps::Change change = machine.capture();
  CHECK(change.before == json::Object{{"existed", true},
                                      {"entries", json::Array{"ours0", "theirs"}},
                                      {"ours", json::Array{"ours*"}}});
  machine.fill();
  machine.world.put("/var/lib/made/new", "theirs");
  machine.undo(change);
  CHECK(machine.left() == Names{"new", "ours0", "theirs"});
}

TEST_CASE("a journal that does not say what was in a folder leaves it all there") {
  Machine machine;
  machine.fill();
  machine.undo(
      {.type = "folder", .key = kFolder, .before = {{"existed", true}, {"ours", json::Array{"ours*"}}}});
  CHECK(machine.left() == Names{"ours1", "ours2"});
}

TEST_CASE("a foreign mount below stays with its parents, all else goes, and it is named") {
  for (const char* type : {"nfs4", "ext4", "tmpfs"}) {
    CAPTURE(type);
    Machine machine;
    const steps::Change change = machine.capture();
    machine.fill();
    machine.world.put("/var/lib/made/ours1/deep/nfs/theirs", "theirs");
    machine.world.mounts.mount({.folder = "/var/lib/made/ours1/deep/nfs", .type = type});
    const std::string said = machine.undo(change);
    CHECK(machine.left() == Names{"ours1"});
    CHECK(machine.host.host.list("/var/lib/made/ours1") == Names{"deep"});
    CHECK(machine.world.get("/var/lib/made/ours1/deep/nfs/theirs") == "theirs");
    CHECK(holds(said,
                "/var/lib/made/ours1/deep/nfs: srv:/export (" + std::string(type) + ") is mounted there"));
    CHECK(machine.world.mounts.unmounted.empty());
  }
}

TEST_CASE("an overlay, which keeps nothing itself, is unmounted") {
  Machine machine;
  const steps::Change change = machine.capture();
  machine.fill();
  machine.world.put("/var/lib/made/ours1/rootfs/x", "x");
  machine.world.mounts.mount(
      {.folder = "/var/lib/made/ours1/rootfs", .type = "overlay", .source = "overlay"});
  CHECK(machine.undo(change).empty());
  CHECK_FALSE(machine.world.exists(kFolder));
  CHECK(machine.world.mounts.unmounted == Names{"/var/lib/made/ours1/rootfs"});
}

TEST_CASE("a folder that is a mount point keeps its mount, and what is not ours") {
  for (const bool was_mounted : {true, false}) {
    CAPTURE(was_mounted);
    Machine machine;
    if (was_mounted) {
      machine.world.put("/var/lib/made/lost+found/x", "");
      machine.world.mounts.mount({.folder = kFolder, .type = "xfs", .source = "/dev/sdb1"});
    }
    const steps::Change change = machine.capture();
    machine.fill();
    machine.world.put("/var/lib/made/theirs", "theirs");
    if (!was_mounted) {
      machine.world.mounts.mount({.folder = kFolder, .type = "xfs", .source = "/dev/sdb1"});
    }
    const std::string said = machine.undo(change);
    CHECK(machine.left() == (was_mounted ? Names{"lost+found", "theirs"} : Names{"theirs"}));
    CHECK(holds(said, "/var/lib/made is a mount point now; it is left") == !was_mounted);
    CHECK(machine.world.mounts.unmounted.empty());
  }
}

TEST_CASE("a folder that was moved away and linked to is left, and named with where it is") {
  Machine machine;
  const steps::Change change = machine.capture();
  machine.world.put("/data/made/ours1", "x");
  std::filesystem::create_directory_symlink("../../data/made", machine.world.files.at(kFolder));
  CHECK(holds(machine.undo(change), "/var/lib/made is a link now, to /data/made; it is left as it is"));
  CHECK(machine.world.exists("/data/made/ours1"));
  CHECK(machine.world.exists(kFolder));
}

TEST_CASE("a folder behind a link that was there before is emptied of what is ours") {
  Machine machine;
  machine.world.put("/data/made/theirs", "x");
  std::filesystem::create_directory_symlink("../../data/made", machine.world.files.at(kFolder));
  const steps::Change change = machine.capture();
  machine.world.put("/data/made/ours1", "x");
  machine.undo(change);
  CHECK(machine.host.host.list("/data/made") == Names{"theirs"});
  CHECK(std::filesystem::is_symlink(machine.world.files.at(kFolder)));
}

TEST_CASE("a cut of undo is gone on with") {
  Machine machine;
  const steps::Change change = machine.capture();
  machine.fill();
  machine.world.mounts.mount({.folder = "/var/lib/made/ours1/rootfs", .type = "overlay"});
  CHECK(test::laws::is_cut_in(machine.world, 1, [&] { undo_folder(machine.host.host, change); }));
  machine.undo(change);
  CHECK_FALSE(machine.world.exists(kFolder));
}

TEST_SUITE("outside") {
  TEST_CASE("with real mounts: a bind mount of the same disk and a disk of memory are not emptied") {
    const auto seen = test::in_private_mounts([] {
      Machine machine;
      const steps::Change change = machine.capture();
      machine.fill();
      machine.world.put("/srv/data/theirs", "theirs");
      machine.world.put("/var/lib/made/share/.keep", "");
      test::bind_mount(machine.world.files.at("/srv/data"), machine.world.files.at("/var/lib/made/share"));
      test::mount_tmpfs(machine.world.files.at("/var/lib/made/memory"));
      machine.world.put("/var/lib/made/memory/theirs", "theirs");
      undo_folder(machine.host.host, change);
      return machine.world.get("/srv/data/theirs") + " " + machine.world.get("/var/lib/made/memory/theirs") +
             " " + std::to_string(machine.left().size());
    });
    if (seen) {
      CHECK(*seen == "theirs theirs 2");
    }
  }
}

}  // namespace bundle::actions
