#include <doctest/doctest.h>

#include <cstdio>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "support/fakes/world.hpp"

namespace bundle::test {
namespace {

constexpr std::string_view kManifest = "application/vnd.oci.image.manifest.v1+json";

std::string digest_of(const std::string& content) { return "sha256:" + sha256_hex(content); }

std::string member(const std::string& path, const std::string& content) {
  constexpr std::size_t kBlock = 512;
  std::string header(kBlock, '\0');
  header.replace(0, path.size(), path);
  header.replace(124, 11, fmt::format("{:011o}", content.size()));
  return header + content + std::string((kBlock - content.size() % kBlock) % kBlock, '\0');
}

/// An OCI layout of one image, as it is streamed.
struct Layout {
  std::string layer = "a layer";
  std::string config = "{}";
  std::string manifest =
      json::canonical(json::Object{{"config", json::Object{{"digest", digest_of(config)}}},
                                   {"layers", json::Array{json::Object{{"digest", digest_of(layer)}}}}});

  std::string tar(bool with_layer = true) const {
    const json::Object row{{"digest", digest_of(manifest)},
                           {"mediaType", kManifest},
                           {"annotations", json::Object{{"io.containerd.image.name", "r.io/a:1"}}}};
    std::string text;
    for (const std::string& blob : {layer, config, manifest}) {
      text += blob == layer && !with_layer ? "" : member("blobs/sha256/" + sha256_hex(blob), blob);
    }
    return text + member("index.json", json::canonical(json::Object{{"manifests", json::Array{row}}})) +
           std::string(1024, '\0');
  }
};

struct Machine : FakeWorld {
  Machine() {
    systemd.start("containerd");
    put("/k.yaml", "nodeRegistration:\n  name: node1\n");
  }
  std::string ctr_says(std::vector<std::string> words, const std::string& input = "") {
    words.insert(words.begin(), {"ctr", "-n", "k8s.io"});
    const CommandResult result = runner.run({.argv = std::move(words), .input = input});
    return fmt::format("{} {}{}", result.status, result.out, result.err);
  }
  std::string import_layout(const std::string& tar) {
    return ctr_says({"images", "import", "--platform", "linux/amd64", "--no-unpack", "-"}, tar);
  }
  int kubeadm_ends(std::vector<std::string> words) {
    words.insert(words.begin(), "kubeadm");
    return runner.run({.argv = std::move(words)}).status;
  }
  int init() { return kubeadm_ends({"init", "--config", "/k.yaml", "--skip-token-print"}); }
  int reset() {
    return kubeadm_ends({"reset", "-f", "--cri-socket", "unix:///run/containerd/containerd.sock"});
  }
};

TEST_CASE("an imported image is complete, then unpacked, then pinned, in the tables of ctr") {
  Machine machine;
  machine.ctr.names_configs = false;
  const Layout layout;
  CHECK(machine.import_layout(layout.tar()) == "0 r.io/a:1\tsaved\n");
  const std::string head = "0 REF      TYPE                                       DIGEST";
  const std::string check = machine.ctr_says({"images", "check"});
  CHECK(check.starts_with(head));
  CHECK(check.find(digest_of(layout.manifest) + " complete (3/3)") != std::string::npos);
  CHECK(check.ends_with(" false    \n"));
  CHECK(machine.ctr_says({"snapshots", "unpack", digest_of(layout.manifest)}).starts_with("0 "));
  CHECK(machine.ctr_says({"images", "check"}).ends_with(" true     \n"));
  CHECK(
      machine.ctr_says({"images", "label", "r.io/a:1", "io.cri-containerd.pinned=pinned"}).starts_with("0 "));
  CHECK(machine.ctr_says({"images", "ls"}).ends_with(" io.cri-containerd.pinned=pinned \n"));
  CHECK(machine.unknown().empty());
}

TEST_CASE("a blob that is there need not come again, one that is nowhere is missed, and names hold blobs") {
  Machine machine;
  const Layout layout;
  CHECK(machine.import_layout(layout.tar(false)).starts_with("1 "));
  CHECK(machine.ctr.content.blobs.empty());
  machine.import_layout(layout.tar());
  CHECK(machine.import_layout(layout.tar(false)).starts_with("0 "));
  CHECK(machine.ctr.images.contains(digest_of(layout.config)));  // the CRI plugin's name
  machine.ctr_says({"images", "rm", "--sync", "r.io/a:1"});
  CHECK(machine.ctr.content.blobs.size() == 3);
  machine.ctr_says({"images", "rm", "--sync", digest_of(layout.config)});
  CHECK(machine.ctr.content.blobs.empty());
}

TEST_CASE("an import that is cut off leaves blobs and a lease with an end") {
  Machine machine;
  machine.power.cut_at(1);
  CHECK_THROWS_AS(machine.import_layout(Layout().tar()), PowerCut);
  machine.power.restore();
  CHECK(machine.ctr_says({"leases", "ls"}).find("containerd.io/gc.expire=") != std::string::npos);
  CHECK_FALSE(machine.ctr.content.blobs.empty());
  machine.ctr_says({"leases", "rm", "--sync", "import-0"});
  CHECK(machine.ctr.content.blobs.empty());
}

TEST_CASE("a containerd that does not run does not answer") {
  Machine machine;
  machine.systemd.stop("containerd");
  CHECK(machine.ctr_says({"images", "ls"}).starts_with("1 ctr: failed to dial"));
  CHECK(machine.ctr_says({"images", "import", "--help"}).starts_with("0 "));
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
