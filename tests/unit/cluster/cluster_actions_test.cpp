#include <doctest/doctest.h>

#include "cluster/health.hpp"
#include "cluster/kubeadm_init.hpp"
#include "cluster/kubeadm_reset.hpp"
#include "cluster/kubectl.hpp"
#include "cluster/manifest.hpp"
#include "cluster/release.hpp"
#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

// What kubectl, helm and kubeadm do, over fakes that can be cut off anywhere.
namespace bundle::cluster {
namespace {

using test::FakeHelm;
using test::FakeWorld;
using test::holds;
using test::lawful;

const spec::PodNetwork kNetwork{.links = {"cni0", "flannel*"}, .chains = {"KUBE-", "CNI-", "FLANNEL-"}};

std::unique_ptr<FakeWorld> with_cluster() {
  auto world = test::new_world();
  world->kubectl.make_cluster("node1");
  world->put("/etc/kubernetes/admin.conf", "conf");
  world->put(FakeHelm::kPath, "");
  world->put("/x.yaml", "kind: Pod\n");
  world->put("/c/metallb-1.0.tgz", "chart");
  world->put("/c/values.yaml", "a: 1\n");
  return world;
}

std::unique_ptr<FakeWorld> bare() {
  auto world = test::new_world();
  world->systemd.start("containerd");
  world->put("/k.yaml", "nodeRegistration:\n  name: node1\n");
  return world;
}

Release release(const std::string& values_sha256) {
  return {.helm = std::string(FakeHelm::kPath),
          .name = "metallb",
          .namespace_ = "lb",
          .chart = {.path = "/c/metallb-1.0.tgz", .sha256 = "c1"},
          .values = {{.path = "/c/values.yaml", .sha256 = values_sha256}}};
}

}  // namespace

TEST_CASE("a manifest is applied lawfully") {
  const test::Laws laws{.changes_by_cut = {}};
  CHECK(test::check_laws(with_cluster,
                         lawful([](FakeWorld&) { return apply_manifest({.path = "/x.yaml", .sha256 = "s"}); },
                                undo_manifest),
                         laws) > 4);
}

TEST_CASE("a manifest with other content under the same name is not done") {
  const auto world = with_cluster();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  const auto action = apply_manifest({.path = "/x.yaml", .sha256 = "s"});
  action->apply(context);
  CHECK(action->is_done(context));
  world->put("/x.yaml", "kind: Pod\nother: true\n");
  CHECK_FALSE(action->is_done(context));
  CHECK(json::canonical(action->inputs()) == R"({"manifest":"/x.yaml","sha256":"s"})");
}

TEST_CASE("a namespace is made with its level, and goes with the cluster only") {
  const test::Laws laws{.leftovers = {"cluster namespace lb", "cluster applied"}, .changes_again = {}};
  test::check_laws(with_cluster,
                   lawful([](FakeWorld&) { return make_namespace("lb", "privileged"); },
                          [](host::Host&, const steps::Change& change) { CHECK(change.type == "none"); }),
                   laws);
  const auto world = with_cluster();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  world->kubectl.namespaces["lb"] = {{"pod-security.kubernetes.io/enforce", "baseline"}};
  const auto action = make_namespace("lb", "privileged");
  CHECK_FALSE(action->is_done(context));
  action->apply(context);
  CHECK(world->kubectl.namespaces["lb"]["pod-security.kubernetes.io/enforce"] == "privileged");
}

TEST_CASE("a release is installed lawfully, also when helm was cut off in the middle") {
  const test::Laws laws{.leftovers = {"cluster namespace lb"},
                        .changes_again = {"cluster release", "history release"},
                        .changes_by_cut = {}};
  CHECK(test::check_laws(with_cluster,
                         lawful([](FakeWorld&) { return install_release(release("v1")); }, undo_release),
                         laws) > 6);
}

TEST_CASE("a release with other values is not the same, one that was there before stays") {
  const auto world = with_cluster();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  install_release(release("v1"))->apply(context);
  CHECK(install_release(release("v1"))->is_done(context));
  CHECK_FALSE(install_release(release("v2"))->is_done(context));
  const steps::Change change = install_release(release("v2"))->capture(context);
  CHECK(json::flag_at(change.before, "existed"));
  install_release(release("v2"))->apply(context);
  CHECK(install_release(release("v2"))->is_done(context));
  CHECK(world->helm.releases.at("lb/metallb").size() == 2);
  undo_release(host.host, change);
  CHECK(world->helm.releases.contains("lb/metallb"));
}

TEST_CASE("a release whose schema is skipped says so to helm") {
  Release skipping = release("v1");
  CHECK_FALSE(test::holds(install_release(skipping)->describe(), "--skip-schema-validation"));
  skipping.skip_schema = true;
  CHECK(test::holds(install_release(skipping)->describe(), "--skip-schema-validation"));
}

TEST_CASE("a release of somebody else's helm, or of a version before, is upgraded once") {
  const auto world = with_cluster();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  world->helm.releases["lb/metallb"] = {
      {.number = 1, .status = "deployed", .chart = "metallb-1.0", .description = "Install complete"}};
  const auto action = install_release(release("v1"));
  CHECK_FALSE(action->is_done(context));
  action->apply(context);
  CHECK(action->is_done(context));
}

TEST_CASE("a release that fails shows helm's words and the pods that do not run") {
  const auto world = with_cluster();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  world->helm.upgrade_error = "Error: context deadline exceeded";
  world->kubectl.pods = {
      {.space = "lb", .name = "speaker", .ready = "0/1", .status = "ErrImagePull", .restarts = 0}};
  const Error error = test::thrown_by([&] { install_release(release("v1"))->apply(context); });
  CHECK(holds(error.message(), "context deadline exceeded"));
  CHECK(holds(error.message(), "lb/speaker: ErrImagePull (0/1 ready, 0 restarts)"));
}

TEST_CASE("a control plane is made lawfully: half made ones are reset") {
  // The folders are other actions' of the same step.
  const test::Laws laws{
      .leftovers = {"folder /etc/kubernetes", "folder /var/lib/etcd", "folder /var/lib/kubelet"},
      .changes_again = {"history "}};
  CHECK(test::check_laws(
            bare, lawful([](FakeWorld&) { return kubeadm_init("/k.yaml", "node1", kNetwork); }, undo_kubeadm),
            laws) > 10);
}

TEST_CASE("what was on the host before is no leftover of ours, and is refused") {
  const auto world = bare();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  world->put("/etc/kubernetes/manifests/kube-apiserver.yaml", "theirs");
  const Error error = test::thrown_by([&] { kubeadm_init("/k.yaml", "node1", kNetwork)->capture(context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(holds(error.message(), "/etc/kubernetes/manifests"));
  CHECK(holds(error.hint(), "kubeadm reset"));
}

TEST_CASE("a configuration that kubeadm refuses stops before anything is made") {
  const auto world = bare();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  world->kubeadm.config_error = "unknown field";
  CHECK(holds(test::thrown_by([&] { kubeadm_init("/k.yaml", "node1", kNetwork)->apply(context); }).message(),
              "unknown field"));
  CHECK(traces(host.host).empty());
}

TEST_CASE("undo takes the pod network's links and rules, and leaves those from before, cut off or not") {
  for (std::size_t point = 0;; ++point) {
    CAPTURE(point);
    const auto world = bare();
    test::WorldHost host(*world);
    steps::Context context(host.host);
    world->put("/sys/class/net/eth0/address", "x");
    world->put("/sys/class/net/flannel.9/address", "somebody's");
    const auto action = kubeadm_init("/k.yaml", "node1", kNetwork);
    const steps::Change change = action->capture(context);
    CHECK(json::texts_at(change.before, "links") == std::vector<std::string>{"eth0", "flannel.9"});
    action->apply(context);
    world->put("/sys/class/net/cni0/address", "x");
    world->put("/sys/class/net/calico1/address", "x");
    world->network.rules["iptables"] =
        "*filter\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A FORWARD -j KUBE-FORWARD\nCOMMIT\n";
    const bool was_cut = test::laws::is_cut_in(*world, point, [&] { undo_kubeadm(host.host, change); });
    undo_kubeadm(host.host, change);
    CHECK(links(host.host) == std::vector<std::string>{"calico1", "eth0", "flannel.9"});
    CHECK(world->network.rules["iptables"] == "*filter\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n");
    if (!was_cut) {
      CHECK(point > 4);
      break;
    }
  }
}

TEST_CASE("a journal from before pod networks were kept is undone by what they were then") {
  const auto world = bare();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  kubeadm_init("/k.yaml", "node1", kNetwork)->apply(context);
  for (const char* link : {"eth0", "cni0", "flannel.1", "cali12", "tunl0"}) {
    world->put(std::string("/sys/class/net/") + link + "/address", "x");
  }
  undo_kubeadm(host.host,
               {.type = "kubeadm", .key = "control plane", .before = {{"links", json::Array{"eth0"}}}});
  CHECK(links(host.host) == std::vector<std::string>{"eth0"});
}

TEST_CASE("pods that run or are completed are well, others are told with their reasons") {
  const auto world = with_cluster();
  test::WorldHost host(*world);
  world->kubectl.pods = {{.space = "a", .name = "runs", .ready = "1/1", .status = "Running", .restarts = 0},
                         {.space = "a", .name = "done", .ready = "0/1", .status = "Completed", .restarts = 0},
                         {.space = "a", .name = "starts", .ready = "0/2", .status = "Running", .restarts = 3},
                         {.space = "b", .name = "waits", .ready = "0/1", .status = "Pending", .restarts = 0}};
  const std::string text = unhealthy_pods(host.host);
  CHECK(holds(text,
              "  a/starts: Running (0/2 ready, 3 restarts)\n  b/waits: Pending (0/1 ready, 0 restarts)\n"));
  CHECK_FALSE(holds(text, "runs"));
  CHECK_FALSE(holds(text, "done"));
}

TEST_CASE("kubectl takes the administrator's kubeconfig and a cache of ours") {
  CHECK(kubectl({"get", "nodes"}) == std::vector<std::string>{"kubectl", "--kubeconfig",
                                                              "/etc/kubernetes/admin.conf", "--cache-dir",
                                                              "/var/lib/bundle/kubectl", "get", "nodes"});
  const auto world = with_cluster();
  test::WorldHost host(*world);
  CHECK(is_api_ready(host.host));
  world->kubectl.is_api_ready = false;
  CHECK_FALSE(is_api_ready(host.host));
}

}  // namespace bundle::cluster
