#include "nodes/kubelet_config.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/lawful_action.hpp"
#include "support/said.hpp"
#include "support/thrown.hpp"

namespace bundle::nodes {
namespace {

using test::FakeWorld;

const std::string kPatchPath = "/var/lib/bundle/patches/kubeletconfiguration+merge.json";
const std::string kConf = "/etc/kubernetes/kubelet.conf";
const std::string kPinned =
    R"({"cpuManagerPolicy":"static","memoryManagerPolicy":"Static","reservedMemory":[{"limits":{"memory":"1124Mi"},"numaNode":0}],)"
    R"("systemReserved":{"cpu":"1","memory":"1Gi"},"evictionHard":{"nodefs.available":"10%"},"maxPods":40})";

/// A node whose kubelet runs with this patch, and is to run with another one.
std::unique_ptr<FakeWorld> node_with(const std::string& patch, const std::string& next) {
  auto world = test::new_world();
  world->put(kConf, "kind: Config\n");
  world->put("/etc/kubernetes/tmp/kubeadm-kubelet-config-theirs/config.yaml", "theirs");
  world->put(kPatchPath, patch);
  world->programs.run({.argv = {"kubeadm", "upgrade", "node", "phase", "kubelet-config", "--kubeconfig",
                                kConf, "--patches", "/var/lib/bundle/patches"}});
  world->files.remove("/etc/kubernetes/tmp/kubeadm-kubelet-config1");
  world->put(kPatchPath, next);
  world->put("/var/lib/kubelet/cpu_manager_state", R"({"policyName":"none"})");
  world->put("/var/lib/kubelet/memory_manager_state", R"({"policyName":"None"})");
  world->systemd.units.at("kubelet.service").is_enabled = true;
  world->systemd.start("kubelet");
  return world;
}

/// What an action did to it, and what it said.
struct Told {
  Told(const std::string& patch, const std::string& next) : world(node_with(patch, next)) {
    said = test::said_by([&] {
      test::WorldHost machine(*world);
      steps::Context context(machine.host);
      const auto action = kubelet_config(next, kConf);
      was_done = action->is_done(context);
      action->apply(context);
      action->verify(context);
    });
  }
  bool keeps_cpus() const { return world->exists("/var/lib/kubelet/cpu_manager_state"); }
  bool keeps_memory() const { return world->exists("/var/lib/kubelet/memory_manager_state"); }
  std::string config() const { return world->get(kKubeletConfig); }

  std::unique_ptr<FakeWorld> world;
  std::string said;
  bool was_done = false;
};

}  // namespace

TEST_CASE("the kubelet's answers change lawfully") {
  // kubeadm keeps a copy of its own, which a cut leaves; the pods' processors are given out anew.
  const test::Laws laws{
      .leftovers = {"file /etc/kubernetes/tmp", "folder /etc/kubernetes/tmp",
                    "file /var/lib/kubelet/cpu_manager_state", "file /var/lib/kubelet/memory_manager_state"},
      .changes_again = {"history "},
      .changes_by_cut = {"file /etc/kubernetes/tmp", "folder /etc/kubernetes/tmp"}};
  CHECK(test::check_laws(
            [] { return node_with("{}", kPinned); },
            test::lawful([](FakeWorld&) { return kubelet_config(kPinned, kConf); }, undo_kubelet_config),
            laws) > 6);
}

TEST_CASE("a kubelet that has its answers keeps running") {
  for (const std::string& patch : {std::string("{}"), kPinned}) {
    const Told told(patch, patch);
    CHECK(told.was_done);
    CHECK(told.keeps_cpus());
    CHECK(told.world->systemd.units.at("kubelet.service").starts == 1);
  }
  // What the host's resolver makes of it without us is nobody's answer.
  CHECK(Told(R"({"resolvConf":"/run/x"})", "{}").was_done);
  CHECK_FALSE(Told("{}", R"({"resolvConf":"/run/x"})").was_done);
}

TEST_CASE(
    "new answers are written, old ones are taken away, and what stood in the way of the start is gone") {
  const Told pinned("{}", kPinned);
  CHECK_FALSE(pinned.was_done);
  CHECK(test::holds(pinned.config(), "\"maxPods\": 40"));
  CHECK(test::holds(pinned.config(), "\"nodefs.available\": \"10%\""));
  CHECK_FALSE(pinned.keeps_cpus());
  CHECK_FALSE(pinned.keeps_memory());
  CHECK(pinned.said.empty());
  CHECK(pinned.world->exists("/etc/kubernetes/tmp/kubeadm-kubelet-config-theirs/config.yaml"));
  CHECK_FALSE(pinned.world->exists("/etc/kubernetes/tmp/kubeadm-kubelet-config2"));
  const Told back(kPinned, "{}");
  CHECK_FALSE(back.was_done);
  CHECK_FALSE(test::holds(back.config(), "maxPods"));
  CHECK(test::holds(back.config(), "\"nodefs.available\": \"5%\""));
  CHECK_FALSE(back.keeps_cpus());
  CHECK(test::holds(back.said, "/var/lib/kubelet/cpu_manager_state goes: pods of this node"));
  CHECK(test::holds(back.said, "/var/lib/kubelet/memory_manager_state goes: pods of this node"));
}

TEST_CASE("what was given out stays where it is given out as before") {
  const Told pods(kPinned, replace_all(kPinned, "\"maxPods\":40", "\"maxPods\":41"));
  CHECK_FALSE(pods.was_done);
  CHECK(pods.keeps_cpus());
  CHECK(pods.keeps_memory());
  const Told cpus(kPinned, replace_all(kPinned, "\"cpu\":\"1\"", "\"cpu\":\"2\""));
  CHECK_FALSE(cpus.keeps_cpus());
  CHECK(cpus.keeps_memory());
  const Told memory(kPinned, replace_all(replace_all(kPinned, "1124Mi", "2148Mi"), "1Gi", "2Gi"));
  CHECK(memory.keeps_cpus());
  CHECK_FALSE(memory.keeps_memory());
}

TEST_CASE("a kubelet whose configuration kubeadm could not write runs with the old one") {
  const auto world = node_with("{}", kPinned);
  const std::string before = world->get(kKubeletConfig);
  world->kubeadm.upgrade_error = "the server is currently unable to handle the request";
  test::WorldHost host(*world);
  steps::Context context(host.host);
  const Error error = test::thrown_by([&] { kubelet_config(kPinned, kConf)->apply(context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(test::holds(error.message(), "unable to handle"));
  CHECK(world->get(kKubeletConfig) == before);
  CHECK(world->systemd.is_active("kubelet"));
}

TEST_CASE("an answer that the cluster itself has cannot be taken away on a node") {
  const auto world = node_with("{}", "{}");
  world->kubeadm.kubelet_config = R"({"maxPods":30})";
  world->put(kKubeletConfig, "maxPods: 30\n");
  test::WorldHost host(*world);
  steps::Context context(host.host);
  const auto action = kubelet_config("{}", kConf);
  action->apply(context);
  const Error error = test::thrown_by([&] { action->verify(context); });
  CHECK(test::holds(error.hint(), "get configmap kubelet-config"));
}

TEST_CASE("undo leaves a configuration that somebody has changed since, and none where there is none") {
  const auto world = node_with("{}", kPinned);
  test::WorldHost host(*world);
  steps::Context context(host.host);
  const auto action = kubelet_config(kPinned, kConf);
  const steps::Change change = action->capture(context);
  action->apply(context);
  world->put(kKubeletConfig, "maxPods: 99\n");
  undo_kubelet_config(host.host, change);
  CHECK(world->get(kKubeletConfig) == "maxPods: 99\n");
  world->files.remove(kKubeletConfig);
  undo_kubelet_config(host.host, change);
  CHECK_FALSE(world->exists(kKubeletConfig));
}

}  // namespace bundle::nodes
