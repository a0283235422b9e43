#include <doctest/doctest.h>

#include "serve/loopback.hpp"
#include "support/fakes/world.hpp"
#include "support/served_bundle.hpp"

namespace bundle::test {
namespace {

/// A host, and a registry on loopback that has images.
struct Machine : FakeWorld {
  Machine() {
    systemd.start("containerd");
    put("/k.yaml", "nodeRegistration:\n  name: node1\n");
    put("/hosts/_default/hosts.toml",
        fmt::format("override_path = true\nserver = \"{}/v2\"\n", registry.url()));
  }
  std::string ctr_says(std::vector<std::string> words) {
    words.insert(words.begin(), {"ctr", "-n", "k8s.io"});
    const CommandResult result = runner.run({.argv = std::move(words)});
    return fmt::format("{} {}{}", result.status, result.out, result.err);
  }
  /// An image of Docker's type.
  std::string name() const { return "docker.io/library/busybox@" + bundle.docker; }
  std::string pull(const std::string& name) {
    return ctr_says(
        {"images", "pull", "--hosts-dir", "/hosts", "--platform", "linux/amd64", "--skip-metadata", name});
  }
  int kubeadm_ends(std::vector<std::string> words) {
    words.insert(words.begin(), "kubeadm");
    return runner.run({.argv = std::move(words)}).status;
  }
  int init() { return kubeadm_ends({"init", "--config", "/k.yaml", "--skip-token-print"}); }
  int reset() {
    return kubeadm_ends({"reset", "-f", "--cri-socket", "unix:///run/containerd/containerd.sock"});
  }

  ServedBundle bundle;
  serve::Loopback registry{bundle.media, [](std::uint64_t) {}};
};

TEST_CASE("a pulled image is complete and unpacked, then tagged, then pinned, in the tables of ctr") {
  Machine machine;
  machine.ctr.names_configs = false;
  CHECK(machine.pull(machine.name()).starts_with("0 "));
  const std::string head = "0 REF ";
  const std::string check = machine.ctr_says({"images", "check"});
  CHECK(check.starts_with(head));
  CHECK(check.find(machine.bundle.docker + " complete (3/3)") != std::string::npos);
  CHECK(check.ends_with(" true     \n"));
  CHECK(machine.ctr_says({"images", "tag", "--force", machine.name(), "r.io/a:1"}).starts_with("0 r.io/a:1"));
  CHECK(machine.ctr_says({"images", "tag", "--force", "r.io/b:1", "r.io/a:1"}).starts_with("1 "));
  CHECK(
      machine.ctr_says({"images", "label", "r.io/a:1", "io.cri-containerd.pinned=pinned"}).starts_with("0 "));
  CHECK(machine.ctr_says({"images", "ls"}).ends_with(" io.cri-containerd.pinned=pinned \n"));
  CHECK(machine.unknown().empty());
}

TEST_CASE("a pull without the word for it wants what is of other platforms, and one of an older ctr never") {
  Machine machine;
  const std::string listed = "docker.io/library/busybox@" + machine.bundle.image_index;
  const std::vector<std::string> words = {"images",     "pull",        "--hosts-dir", "/hosts",
                                          "--platform", "linux/amd64", listed};
  CHECK(machine.ctr_says(words).find("unexpected status 404") != std::string::npos);
  CHECK(machine.ctr.images.empty());
  CHECK(machine.pull(listed).starts_with("0 "));
  Machine older;
  older.ctr.skips_metadata = false;
  CHECK(older.ctr_says(words).starts_with("0 "));
}

TEST_CASE("a blob that is there is not asked for, one that is nowhere is missed, and names hold blobs") {
  Machine machine;
  machine.pull(machine.name());
  machine.bundle.flip_byte("blobs/sha256/" + machine.bundle.layer.substr(7), 100);
  CHECK(machine.pull(machine.name()).starts_with("0 "));
  CHECK(machine.ctr.images.size() == 2);  // one is the CRI plugin's
  machine.ctr_says({"images", "rm", "--sync", machine.name()});
  CHECK(machine.ctr.content.blobs.size() == 3);
  machine.ctr_says({"images", "rm", "--sync", machine.ctr.images.begin()->first});
  CHECK(machine.ctr.content.blobs.empty());
  CHECK(machine.pull(machine.name()).starts_with("1 "));
}

TEST_CASE("a pull that is cut off leaves blobs and a lease with an end") {
  Machine machine;
  machine.power.cut_at(2);
  CHECK_THROWS_AS(machine.pull(machine.name()), PowerCut);
  machine.power.restore();
  CHECK(machine.ctr_says({"leases", "ls"}).find("containerd.io/gc.expire=") != std::string::npos);
  CHECK_FALSE(machine.ctr.content.blobs.empty());
  machine.ctr_says({"leases", "rm", "--sync", "pull-0"});
  CHECK(machine.ctr.content.blobs.empty());
}

TEST_CASE("a containerd that does not run does not answer") {
  Machine machine;
  machine.systemd.stop("containerd");
  CHECK(machine.ctr_says({"images", "ls"}).starts_with("1 ctr: failed to dial"));
  CHECK(machine.ctr_says({"images", "pull", "--help"}).starts_with("0 "));
}

TEST_CASE("kubeadm makes a cluster of one node, and takes it away") {
  Machine machine;
  const std::string before = machine.snapshot();
  CHECK(machine.kubeadm_ends({"config", "validate", "--config", "/k.yaml"}) == 0);
  CHECK(machine.init() == 0);
  CHECK(machine.kubectl.nodes.contains("node1"));
  CHECK(machine.systemd.is_active("kubelet"));
  CHECK(machine.init() == 2);  // what is there is in the way
  machine.ctr.tasks["etcd"] = "STOPPED";
  CHECK(machine.reset() == 0);
  CHECK(difference(before, machine.snapshot(), {"folder ", "history "}) == "");
  CHECK(machine.unknown().empty());
}

TEST_CASE("reset leaves what etcd writes while it runs, and what no manifest speaks of") {
  Machine machine;
  machine.init();
  machine.reset();
  CHECK(machine.exists("/var/lib/etcd/member/snap/db"));
  CHECK(machine.reset() == 0);
  CHECK(machine.exists("/var/lib/etcd/member/snap/db"));
  CHECK(machine.init() == 2);
}

TEST_CASE("an init that fails or is cut off leaves traces, and no cluster") {
  Machine machine;
  machine.kubeadm.init_error = "timed out waiting for the condition";
  CHECK(machine.init() == 1);
  CHECK(machine.exists("/etc/kubernetes/manifests/etcd.yaml"));
  CHECK_FALSE(machine.kubectl.is_api_ready);

  Machine cut;
  cut.power.cut_at(2);
  CHECK_THROWS_AS(cut.init(), PowerCut);
  CHECK(cut.exists("/etc/kubernetes/admin.conf"));
  CHECK_FALSE(cut.exists("/etc/kubernetes/manifests/etcd.yaml"));
}

}  // namespace
}  // namespace bundle::test
