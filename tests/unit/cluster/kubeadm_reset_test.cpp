#include "cluster/kubeadm_reset.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/kubeadm_init.hpp"
#include "cluster/pod_mounts.hpp"
#include "support/lawful_action.hpp"
#include "support/private_mounts.hpp"
#include "support/said.hpp"
#include "support/thrown.hpp"

// Undo of a control plane on a host where things are mounted in the folders that kubeadm empties.
namespace bundle::cluster {
namespace {

using test::FakeWorld;
using test::holds;
using Names = std::vector<std::string>;

constexpr const char* kVolumes = "/var/lib/kubelet/pods/u1/volumes";

/// A host with a control plane, made by our step.
struct Machine {
  FakeWorld world;
  test::WorldHost host{world};
  steps::Context context{host.host};
  std::unique_ptr<steps::Action> action = kubeadm_init("/k.yaml", "node1", {});
  steps::Change change;

  explicit Machine(const std::function<void(FakeWorld&)>& prepare = {}) {
    world.systemd.start("containerd");
    world.put("/k.yaml", "nodeRegistration:\n  name: node1\n");
    if (prepare) {
      prepare(world);
    }
    change = action->capture(context);
    context.begun({change});
    action->apply(context);
  }
  void mount(const test::FakeMounts::Mount& mount) {
    world.put(mount.folder + "/data", "theirs");
    world.mounts.mount(mount);
  }
  std::string undo() {
    return test::said_by([&] { undo_kubeadm(host.host, change); });
  }
  bool is_kept(const std::string& folder) const { return world.get(folder + "/data") == "theirs"; }
};

}  // namespace

TEST_CASE("pods' own mounts are unmounted, the innermost first, and kubeadm does the rest") {
  Machine machine;
  const std::string projected = std::string(kVolumes) + "/kubernetes.io~projected/token";
  const std::string subpath = "/var/lib/kubelet/pods/u1/volume-subpaths/config/c/0";
  machine.mount({.folder = projected, .type = "tmpfs", .source = "tmpfs"});
  machine.mount({.folder = projected + "/inner", .type = "overlay", .source = "overlay"});
  machine.mount({.folder = subpath,
                 .type = "xfs",
                 .source = "/dev/sda1",
                 .device = "8:1",
                 .root = std::string(kVolumes) + "/kubernetes.io~configmap/config/x"});
  CHECK(machine.undo().empty());
  CHECK(machine.world.mounts.unmounted == Names{subpath, projected + "/inner", projected});
  CHECK(machine.host.host.list("/var/lib/kubelet").empty());
  CHECK(machine.world.unknown().empty());
  CHECK_FALSE(holds(join(machine.world.programs.ran(), "\n"), "unshare"));
}

TEST_CASE("any other mount below the kubelet's folder is named and left, with what is in it") {
  const std::vector<test::FakeMounts::Mount> foreign_mounts{
      {.folder = "/var/lib/kubelet/nfs"},
      {.folder = std::string(kVolumes) + "/kubernetes.io~nfs/share"},
      {.folder = "/var/lib/kubelet/memory", .type = "tmpfs", .source = "tmpfs"},
      {.folder = "/var/lib/kubelet/pods/mine", .type = "tmpfs", .source = "tmpfs"},
      {.folder = "/var/lib/kubelet/disk", .type = "ext4", .source = "/dev/sdb1", .device = "8:17"},
      {.folder = "/var/lib/kubelet/bind",
       .type = "xfs",
       .source = "/dev/sda1",
       .device = "8:1",
       .root = "/srv"}};
  for (const test::FakeMounts::Mount& foreign : foreign_mounts) {
    CAPTURE(foreign.folder);
    Machine machine;
    const std::string own = std::string(kVolumes) + "/kubernetes.io~secret/s";
    machine.mount({.folder = own, .type = "tmpfs", .source = "tmpfs"});
    machine.mount(foreign);
    const std::string said = machine.undo();
    CHECK(machine.is_kept(foreign.folder));
    CHECK(machine.world.mounts.unmounted == Names{own});
    CHECK(holds(said, foreign.folder + ": "));
    CHECK(machine.host.host.list("/var/lib/kubelet").size() == 1);
    CHECK_FALSE(machine.world.exists("/etc/kubernetes/admin.conf"));
    CHECK(machine.host.host.list("/etc/kubernetes/pki").empty());
    CHECK(machine.world.ctr.tasks.empty());
    CHECK(machine.world.unknown().empty());
    machine.undo();
    CHECK(machine.is_kept(foreign.folder));
  }
}

TEST_CASE("a pod's volume in which something foreign is mounted stays as well") {
  Machine machine;
  const std::string own = std::string(kVolumes) + "/kubernetes.io~empty-dir/cache";
  machine.mount({.folder = own, .type = "tmpfs", .source = "tmpfs"});
  machine.mount({.folder = own + "/nfs"});
  machine.undo();
  CHECK(machine.is_kept(own));
  CHECK(machine.is_kept(own + "/nfs"));
  CHECK(machine.world.mounts.unmounted.empty());
}

TEST_CASE("a pod's mount that is busy is an error that names it, and nothing is removed") {
  Machine machine;
  const std::string own = std::string(kVolumes) + "/kubernetes.io~secret/s";
  machine.mount({.folder = own, .type = "tmpfs", .source = "tmpfs"});
  machine.world.mounts.busy.insert(own);
  CHECK(holds(test::thrown_by([&] { machine.undo(); }).message(), own + ": target is busy"));
  CHECK(machine.world.exists("/etc/kubernetes/admin.conf"));
  machine.world.mounts.busy.clear();
  machine.undo();
  CHECK_FALSE(machine.world.exists("/etc/kubernetes/admin.conf"));
}

TEST_CASE("a mount that is busy does not stop the undo when it is none of ours") {
  Machine machine;
  machine.mount({.folder = "/var/lib/kubelet/nfs"});
  machine.world.mounts.busy.insert("/var/lib/kubelet/nfs");
  CHECK_NOTHROW(machine.undo());
  CHECK(machine.is_kept("/var/lib/kubelet/nfs"));
}

TEST_CASE("the kubelet's own mount of its folder on itself goes") {
  Machine machine;
  machine.world.mounts.mount({.folder = "/var/lib/kubelet",
                              .type = "xfs",
                              .source = "/dev/sda1",
                              .device = "8:1",
                              .root = "/var/lib/kubelet"});
  machine.undo();
  CHECK(machine.world.mounts.unmounted == Names{"/var/lib/kubelet"});
}

TEST_CASE("data folders that are mount points keep their mounts, and what is not the programs'") {
  Machine machine([](FakeWorld& world) {
    world.put("/var/lib/kubelet/lost+found/x", "");
    world.mounts.mount(
        {.folder = "/var/lib/kubelet", .type = "ext4", .source = "/dev/sdb1", .device = "8:17"});
    world.mounts.mount({.folder = "/var/lib/etcd", .type = "xfs", .source = "/dev/sdc1", .device = "8:33"});
  });
  machine.world.put("/var/lib/kubelet/theirs", "x");
  machine.world.put("/var/lib/etcd/theirs", "x");
  machine.undo();
  CHECK(machine.host.host.list("/var/lib/kubelet") == Names{"lost+found", "theirs"});
  CHECK(machine.host.host.list("/var/lib/etcd") == Names{"theirs"});
  CHECK(machine.world.mounts.unmounted.empty());
}

TEST_CASE("what is mounted below etcd's folder, or below keys and manifests, is not emptied") {
  for (const std::string folder :
       {"/var/lib/etcd/backup", "/etc/kubernetes/pki/vault", "/etc/kubernetes/manifests/more"}) {
    CAPTURE(folder);
    Machine machine;
    machine.mount({.folder = folder});
    CHECK(holds(machine.undo(), folder + ": srv:/export (nfs4) is mounted there"));
    CHECK(machine.is_kept(folder));
    CHECK(machine.host.host.list(std::filesystem::path(folder).parent_path().string()).size() == 1);
  }
}

TEST_CASE("the kubelet's folder behind a link is looked at where it is") {
  Machine machine([](FakeWorld& world) {
    world.put("/data/kubelet/keep", "");
    world.put("/var/lib/x", "");
    std::filesystem::create_directory_symlink("../../data/kubelet", world.files.at("/var/lib/kubelet"));
  });
  const std::string own = "/data/kubelet/pods/u1/volumes/kubernetes.io~secret/s";
  machine.mount({.folder = own, .type = "tmpfs", .source = "tmpfs"});
  machine.mount({.folder = "/data/kubelet/nfs"});
  machine.undo();
  CHECK(machine.world.mounts.unmounted == Names{own});
  CHECK(machine.is_kept("/data/kubelet/nfs"));
}

TEST_CASE("undo with foreign mounts is gone on with wherever it was cut off") {
  for (std::size_t point = 0;; ++point) {
    CAPTURE(point);
    Machine machine;
    machine.mount({.folder = std::string(kVolumes) + "/kubernetes.io~secret/s", .type = "tmpfs"});
    machine.mount({.folder = "/var/lib/kubelet/nfs"});
    const bool was_cut = test::laws::is_cut_in(machine.world, point, [&] { machine.undo(); });
    machine.undo();
    CHECK(machine.is_kept("/var/lib/kubelet/nfs"));
    CHECK(machine.host.host.list("/var/lib/kubelet") == Names{"nfs"});
    CHECK(traces(machine.host.host).empty());
    if (!was_cut) {
      break;
    }
  }
}

TEST_SUITE("outside") {
  TEST_CASE("behind a cover a program finds nothing to remove or unmount, for real") {
    const auto seen = test::in_private_mounts([] {
      const TempDir dir;
      const std::string folder = (dir.path() / "kubelet").string();
      test::mount_tmpfs(folder + "/a b/nfs");
      write_new_file(folder + "/a b/nfs/theirs", "theirs", 0600);
      test::mount_tmpfs(folder + "/a b/nfs/deeper");
      std::filesystem::create_directories(folder + "/own");
      PosixRunner runner;
      const Covers covers{
          .folders = {folder},
          .hidden = {{.folder = folder + "/a b/nfs"}, {.folder = folder + "/a b/nfs/deeper"}}};
      // As kubeadm: unmounts all that it finds, then empties.
      const char* kubeadm =
          "grep -cF \" $1/\" /proc/mounts; mkdir $1/x; rm -rf $1/* && ls -A $1 | wc -l; exit 7";
      const CommandResult result =
          runner.run({.argv = behind_covers({"bash", "-c", kubeadm, "bash", folder}, covers)});
      return fmt::format("{} {}{}{} {}", result.status, result.out, result.err,
                         read_file(folder + "/a b/nfs/theirs", 100),
                         std::filesystem::exists(folder + "/own"));
    });
    if (seen) {
      CHECK(*seen == "7 0\n0\ntheirs true");
    }
  }
}

}  // namespace bundle::cluster
