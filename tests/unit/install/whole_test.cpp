#include <doctest/doctest.h>

#include "base/hash.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "cluster/kubectl.hpp"
#include "host/state_folder.hpp"
#include "install/history.hpp"
#include "install/originals.hpp"
#include "install/plan.hpp"
#include "install/undo_table.hpp"
#include "steps/executor.hpp"
#include "support/cluster_bundle.hpp"
#include "support/lawful_action.hpp"
#include "support/said.hpp"
#include "support/skip.hpp"
#include "support/thrown.hpp"
#include "support/undo_by_journal.hpp"

// A whole plan on a host of fakes: what a bundle, an answer or a cut changes, and what undo gives back.
namespace bundle::install {
namespace {

using test::ClusterBundle;
using test::FakeWorld;
using Outcome = steps::StepResult::Outcome;

/// A host on which the fakes have what the bundle's packages bring.
struct Machine {
  TempDir media;
  FakeWorld world;
  test::WorldHost host{world};
  site::Site site;
  cluster::ThisNode node{.name = "node1",
                         .address = "10.0.0.5",
                         .interface = "eth0",
                         .roles = {"master"},
                         .schedulable_master = true};
  TempDir journal_folder;

  Machine() {
    world.rpmdb.available = {{"chrony-4.5-1.el8.x86_64", {}},
                             {"libx-1-1.el8.x86_64", {}},
                             {"containerd.io-1.7.28-1.el8.x86_64", {}},
                             {"kubelet-1.34.3-1.x86_64",
                              {.files = {{"/usr/bin/kubelet", "kubelet"}, {"/opt/cni/bin/bridge", "x"}}}}};
    world.rpmdb.imported_keys.insert("gpg-pubkey-fd431d51-4ae0493b");
    world.put("/etc/resolv.conf", "nameserver 10.0.0.2\n");
    site.time_servers.emplace();  // this host's clock is the site's
    world.kernel.loadable = {"overlay", "br_netfilter"};
    world.put("/proc/filesystems", "nodev\toverlay\n");
    for (const char* name : {"bridge/bridge-nf-call-iptables", "bridge/bridge-nf-call-ip6tables"}) {
      world.put(std::string("/proc/sys/net/") + name, "0\n");
    }
    world.kubectl.on_apply = [this](const std::string&) {
      world.kubectl.workloads["kube-flannel/daemonset/kube-flannel-ds"] = true;
      world.kubectl.workloads["metallb-system/deployment/metallb-controller"] = true;
      world.kubectl.workloads["kube-system/deployment/coredns"] = true;
    };
  }

  steps::Journal journal() { return {journal_folder.path() / "journal", steps::Journal::Access::write}; }

  /// Ids of the steps that were done, not those that were done already.
  std::vector<std::string> install(const ClusterBundle& bundle) {
    const Opened opened = bundle.opened(site, node);
    steps::Journal kept = journal();
    std::vector<std::string> done;
    for (const steps::StepResult& result : execute(host.host, make_plan(host.host, opened), kept)) {
      if (result.outcome == Outcome::done) {
        done.push_back(result.id);
      }
    }
    CHECK(world.unknown() == std::vector<std::string>{});
    return done;
  }

  /// The description of the last revision of a release.
  std::string described(const std::string& release) {
    return world.helm.releases.at(release).back().description;
  }
};

using Ids = std::vector<std::string>;

const Ids kAll{"payload", "packages",     "files",      "hosts",        "hostname",       "time",
               "swap",    "modules",      "sysctl",     "firewall",     "containerd",     "images",
               "kubelet", "kubeadm-init", "kubeconfig", "certificates", "etcd-snapshots", "flannel",
               "metallb", "charts"};  // "healthy" only waits for what is so by then

}  // namespace

TEST_CASE("a whole installation does every step once, and a second one nothing") {
  Machine machine;
  const ClusterBundle bundle(machine.media.path());
  CHECK(join(machine.install(bundle), " ") == join(kAll, " "));
  CHECK(machine.world.helm.releases.size() == 2);
  CHECK(machine.world.kubectl.namespaces.contains("metallb-system"));
  const std::string before = machine.world.snapshot();
  CHECK(machine.install(bundle).empty());
  CHECK(test::difference(before, machine.world.snapshot(), {"file /var/lib/bundle/log"}) == "");
}

TEST_CASE("a newer bundle with the same chart version and other values upgrades that release alone") {
  Machine machine;
  const ClusterBundle first(machine.media.path());
  machine.install(first);
  const std::string before = machine.described("metallb-system/metallb");
  const ClusterBundle second(machine.media.path(), {.version = "2026.11.1", .values = "replicas: 2\n"});
  CHECK(machine.install(second) == Ids{"payload", "metallb"});
  CHECK(machine.world.helm.releases.at("metallb-system/metallb").size() == 2);
  CHECK(machine.described("metallb-system/metallb") != before);
  CHECK(machine.world.helm.releases.at("demo/hello").size() == 1);
  CHECK(machine.install(second).empty());
}

TEST_CASE("a manifest with the same name and other content is applied") {
  Machine machine;
  machine.install(ClusterBundle(machine.media.path()));
  const std::map<std::string, std::string> before = machine.world.kubectl.applied;
  const ClusterBundle second(machine.media.path(),
                             {.version = "2026.11.1", .manifest = "net-conf: 10.244.0.0/16\nmtu: 1400\n"});
  CHECK(machine.install(second) == Ids{"payload", "flannel"});
  CHECK(machine.world.kubectl.applied != before);
  CHECK(machine.install(second).empty());
}

TEST_CASE("an answer of the site that changed is applied, and nothing else") {
  Machine machine;
  const ClusterBundle bundle(machine.media.path());
  machine.node.labels = {{"room", "north"}};
  machine.install(bundle);
  machine.node.labels = {{"room", "south"}};
  // Another node that has the label does not stand in for this one.
  machine.world.kubectl.nodes["other"].labels["room"] = "south";
  CHECK(machine.install(bundle) == Ids{"labels"});
  CHECK(machine.world.kubectl.nodes.at("node1").labels.at("room") == "south");
  machine.world.kubectl.nodes.at("node1").labels.erase("room");
  CHECK(machine.install(bundle) == Ids{"labels"});
  machine.node.labels.clear();
  CHECK(machine.install(bundle) == Ids{"labels"});
  CHECK_FALSE(machine.world.kubectl.nodes.at("node1").labels.contains("room"));
  CHECK(machine.world.kubectl.nodes.at("other").labels.at("room") == "south");
  machine.site.time_servers = std::vector<std::string>{"10.0.0.9"};
  CHECK(machine.install(bundle) == Ids{"time"});
  CHECK(machine.world.get("/etc/chrony.conf").find("server 10.0.0.9 iburst") != std::string::npos);
  CHECK(machine.install(bundle).empty());
}

TEST_CASE("a kubelet's answers that changed are told to it, those that went are taken back, as undo does") {
  Machine machine;
  const ClusterBundle bundle(machine.media.path());
  const std::string config = "/var/lib/kubelet/config.yaml";
  const auto starts = [&] { return machine.world.systemd.units.at("kubelet.service").starts; };
  machine.node.kubelet = {{"maxPods", 40}};
  machine.install(bundle);
  const std::string first = machine.world.get(config);
  CHECK(test::holds(first, "\"maxPods\": 40"));
  const unsigned once = starts();
  machine.node.kubelet = {{"cpuManagerPolicy", "static"}, {"reservedSystemCPUs", "0"}};
  CHECK(machine.install(bundle) == Ids{"kubelet", "kubelet-config"});
  CHECK(test::holds(machine.world.get(config), "\"cpuManagerPolicy\": \"static\""));
  CHECK_FALSE(test::holds(machine.world.get(config), "maxPods"));
  CHECK(starts() == once + 1);
  CHECK(machine.install(bundle).empty());
  machine.node.kubelet.clear();
  CHECK(machine.install(bundle) == Ids{"kubelet", "kubelet-config"});
  CHECK_FALSE(test::holds(machine.world.get(config), "cpuManagerPolicy"));
  steps::Journal journal = machine.journal();
  CHECK(test::undo(machine.host.host, journal, "kubelet-config", undo_table()) == Ids{"kubelet-config"});
  CHECK(machine.world.get(config) == first);
  CHECK(machine.world.systemd.is_active("kubelet"));
}

TEST_CASE("a kubelet's answers are told also when the power went on the way") {
  for (std::size_t point = 0;; ++point) {
    CAPTURE(point);
    Machine machine;
    const ClusterBundle bundle(machine.media.path());
    machine.install(bundle);
    machine.world.put("/var/lib/kubelet/cpu_manager_state", R"({"policyName":"none"})");
    machine.node.kubelet = {{"cpuManagerPolicy", "static"}, {"reservedSystemCPUs", "0"}};
    machine.world.power.cut_at(point);
    bool was_cut = false;
    try {
      machine.install(bundle);
    } catch (const test::PowerCut&) {
      was_cut = true;
    }
    machine.world.power.restore();
    machine.install(bundle);
    CHECK(test::holds(machine.world.get("/var/lib/kubelet/config.yaml"), "\"static\""));
    CHECK_FALSE(machine.world.exists("/var/lib/kubelet/cpu_manager_state"));
    CHECK(machine.world.systemd.is_active("kubelet"));
    CHECK(machine.install(bundle).empty());
    if (!was_cut) {
      break;
    }
  }
}

TEST_CASE("new values are applied also when the power went right after the step had begun") {
  for (std::size_t point = 0;; ++point) {
    CAPTURE(point);
    Machine machine;
    machine.install(ClusterBundle(machine.media.path()));
    const ClusterBundle second(machine.media.path(), {.version = "2026.11.1", .values = "replicas: 2\n"});
    machine.world.power.cut_at(point);
    bool was_cut = false;
    try {
      machine.install(second);
    } catch (const test::PowerCut&) {
      was_cut = true;
    }
    machine.world.power.restore();
    machine.install(second);
    REQUIRE(machine.world.helm.releases.at("metallb-system/metallb").back().values.size() == 1);
    CHECK(machine.world.helm.releases.at("metallb-system/metallb").back().values[0] ==
          sha256_hex("replicas: 2\n"));
    CHECK(machine.install(second).empty());
    if (!was_cut) {
      break;
    }
  }
}

TEST_CASE("undo of everything gives back the host as it was") {
  Machine machine;
  const std::string before = machine.world.snapshot();
  machine.install(ClusterBundle(machine.media.path()));
  steps::Journal journal = machine.journal();
  Ids undone = test::undo(machine.host.host, journal, "", undo_table());
  std::reverse(undone.begin(), undone.end());
  CHECK(join(undone, " ") == join(kAll, " "));
  // Our own folder goes with the verb; modules stay, as do what was seen while it ran.
  CHECK(test::difference(before, machine.world.snapshot(),
                         {"history ", "file /var/lib/bundle", "folder /var/lib/bundle", "file /sys/module",
                          "folder /sys/module", "folder /var/lib", "lease ", "folder /root"}) == "");
  CHECK(test::undo(machine.host.host, journal, "", undo_table()).empty());
  CHECK_FALSE(is_installed(journal));
}

TEST_CASE("what a site says nothing of stays as the host has it") {
  Machine machine;
  machine.site.time_servers.reset();
  machine.world.put("/etc/chrony.conf", "server ntp1.bank.example iburst\nkeyfile /etc/chrony.keys\n");
  machine.world.put("/proc/sys/fs/inotify/max_user_watches", "1048576\n");
  machine.world.firewalld.permanent["dmz"] = {"interface=eth0"};
  machine.world.firewalld.reload();
  const std::size_t starts = machine.world.systemd.units.at("chronyd.service").started_at_us;
  const ClusterBundle bundle(machine.media.path());
  const Ids done = machine.install(bundle);
  CHECK(std::find(done.begin(), done.end(), "time") == done.end());
  CHECK(machine.world.get("/etc/chrony.conf") ==
        "server ntp1.bank.example iburst\nkeyfile /etc/chrony.keys\n");
  CHECK(machine.world.systemd.units.at("chronyd.service").started_at_us == starts);
  CHECK(machine.world.get("/etc/resolv.conf") == "nameserver 10.0.0.2\n");
  CHECK(machine.world.get("/proc/sys/fs/inotify/max_user_watches") == "1048576\n");
  CHECK(machine.world.get("/proc/sys/fs/inotify/max_user_instances") == "1024\n");
  CHECK(machine.world.get("/etc/sysctl.d/99-bundle.conf").find("watches") == std::string::npos);
  CHECK(machine.world.firewalld.permanent["public"].empty());
  CHECK(machine.world.firewalld.permanent["dmz"].contains("port=6443/tcp"));
  CHECK(machine.install(bundle).empty());
}

TEST_CASE("a site that no longer speaks of time keeps the clock as it is by then") {
  Machine machine;
  const ClusterBundle bundle(machine.media.path());
  machine.install(bundle);
  const std::string config = machine.world.get("/etc/chrony.conf");
  machine.site.time_servers.reset();
  CHECK(machine.install(bundle) == Ids{"time"});
  CHECK(machine.world.get("/etc/chrony.conf") == config);
  CHECK(machine.install(bundle).empty());
  steps::Journal journal = machine.journal();
  test::undo(machine.host.host, journal, "time", undo_table(), steps::Undermine::yes);
  CHECK_FALSE(machine.world.exists("/etc/chrony.conf"));
}

TEST_CASE("records of pods' networks that a power cut emptied are gone after the next boot" *
          doctest::test_suite("outside")) {
  if (!find_program("systemd-tmpfiles")) {
    test::skip("there is no systemd-tmpfiles");
    return;
  }
  Machine machine;
  machine.install(ClusterBundle(machine.media.path()));
  const std::string rules = "bundle-cni.conf";  // in /etc/tmpfiles.d
  const std::vector<std::string> records{"results/cbr0-1234-eth0", "networks/cbr0/10.244.0.2", "flannel/1234",
                                         "multus/1234"};
  for (const std::string& record : records) {
    machine.world.put("/var/lib/cni/" + record, "");
  }
  machine.world.put("/var/lib/cni/theirs", "theirs");
  const std::string root = "--root=" + machine.world.files.at("/").string();
  PosixRunner runner;
  run_checked(runner, {.argv = {"systemd-tmpfiles", "--remove", root, rules}});
  CHECK(machine.world.exists("/var/lib/cni/" + records.front()));  // nothing is lost while pods run
  run_checked(runner, {.argv = {"systemd-tmpfiles", "--remove", "--boot", root, rules}});
  for (const std::string& record : records) {
    CHECK_FALSE(machine.world.exists("/var/lib/cni/" + record));
  }
  CHECK(machine.world.exists("/var/lib/cni/theirs"));
}

TEST_CASE("undo of everything leaves what is mounted, what was replaced, and the originals of that") {
  Machine machine;
  machine.world.put("/etc/chrony.conf", "pool before\n");
  machine.world.put("/etc/crictl.yaml", "before\n");
  machine.install(ClusterBundle(machine.media.path()));
  const std::string projected = "/var/lib/kubelet/pods/u1/volumes/kubernetes.io~projected/token";
  for (const std::string folder :
       {"/var/lib/kubelet/nfs", "/var/lib/containerd/io.containerd.x/nfs", "/var/lib/etcd/nfs"}) {
    machine.world.put(folder + "/theirs", "theirs");
    machine.world.mounts.mount({.folder = folder});
  }
  machine.world.put(projected + "/token", "secret");
  machine.world.mounts.mount({.folder = projected, .type = "tmpfs", .source = "tmpfs"});
  machine.world.put("/etc/chrony.conf", "theirs\n");
  machine.world.put("/etc/motd", "theirs\n");
  steps::Journal journal = machine.journal();
  const std::string said = test::said_by([&] { test::undo(machine.host.host, journal, "", undo_table()); });
  host::remove_payload(machine.host.host);
  remove_needless_originals(machine.host.host, journal);
  for (const std::string folder :
       {"/var/lib/kubelet", "/var/lib/containerd/io.containerd.x", "/var/lib/etcd"}) {
    CHECK(machine.host.host.list(folder) == Ids{"nfs"});
    CHECK(machine.world.get(folder + "/nfs/theirs") == "theirs");
    CHECK(test::holds(said, folder + "/nfs: srv:/export (nfs4) is mounted there"));
  }
  CHECK(machine.world.mounts.unmounted == Ids{projected});
  CHECK(machine.world.get("/etc/chrony.conf") == "theirs\n");
  CHECK(machine.world.get("/etc/crictl.yaml") == "before\n");
  CHECK(machine.world.get("/etc/motd") == "theirs\n");
  const std::string kept = "/var/lib/bundle/backup/" + sha256_hex("pool before\n");
  CHECK(test::holds(said, kept));
  CHECK(machine.world.get(kept) == "pool before\n");
  CHECK(machine.host.host.list("/var/lib/bundle/backup").size() == 1);
}

TEST_CASE("a step on which others build is not undone alone") {
  Machine machine;
  machine.install(ClusterBundle(machine.media.path()));
  steps::Journal journal = machine.journal();
  const auto refused = [&](const std::string& step) {
    const Error error = test::thrown_by([&] { test::undo(machine.host.host, journal, step, undo_table()); });
    CHECK(error.kind() == ErrorKind::usage);
    return error.message().substr(error.message().find(": ") + 2);
  };
  CHECK(refused("kubeadm-init") ==
        "charts, metallb, flannel, etcd-snapshots, certificates, kubeconfig build on it");
  CHECK(refused("flannel") == "charts, metallb build on it");
  CHECK(refused("hosts") ==
        "charts, metallb, flannel, etcd-snapshots, certificates, kubeconfig, kubeadm-init, hostname build on "
        "it");
  for (const std::string alone : {"charts", "metallb", "files", "flannel"}) {
    CHECK(test::undo(machine.host.host, journal, alone, undo_table()) == Ids{alone});
  }
}

TEST_CASE("undo on the master that made a cluster leaves it with its components to the others") {
  Machine machine;
  machine.install(ClusterBundle(machine.media.path()));
  test::FakeKubectl& cluster = machine.world.kubectl;
  cluster.is_elsewhere = true;
  cluster.etcd_members = {{"m2", true}, {"node1", true}};
  const std::map<std::string, std::string> applied = cluster.applied;
  steps::Journal journal = machine.journal();
  test::undo(machine.host.host, journal, "", undo_table(cluster::Fate::stays));
  CHECK(cluster.applied == applied);
  CHECK(machine.world.helm.releases.size() == 2);
  CHECK(cluster.etcd_members == std::map<std::string, bool>{{"m2", true}});
  CHECK_FALSE(cluster.nodes.contains("node1"));
  CHECK_FALSE(machine.world.exists(cluster::kAdminConf));
}

TEST_CASE("every type of change that a plan makes can be undone") {
  Machine machine;
  machine.node.labels = {{"a", "b"}};
  machine.install(ClusterBundle(machine.media.path()));
  steps::Journal journal = machine.journal();
  std::set<std::string> known;
  for (const steps::UndoRow& row : undo_table()) {
    known.emplace(row.type);
  }
  for (const steps::StepRecord& step : journal.steps()) {
    for (const steps::Change& change : step.changes) {
      CAPTURE(change.type);
      CHECK(known.contains(change.type));
    }
  }
  CHECK(known.size() == undo_table().size());
}

}  // namespace bundle::install
