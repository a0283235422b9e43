#include "nodes/mark_nodes.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <set>

#include "base/text.hpp"
#include "cluster/kubectl.hpp"
#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::nodes {
namespace {

using test::FakeWorld;
using Strings = std::set<std::string>;

const std::string kAdmin(cluster::kAdminConf);
const std::string kKubelet(cluster::kKubeletConf);

std::unique_ptr<FakeWorld> with_cluster() {
  auto world = test::new_world();
  world->put(kAdmin, "kind: Config\n");
  world->put(kKubelet, "kind: Config\n");
  world->kubectl.make_cluster("m1");
  world->kubectl.nodes["w1"] = {.labels = {{"theirs", "x"}}, .taints = {"theirs:NoExecute"}};
  return world;
}

/// One run of the action on a host of this world.
void run(FakeWorld& world, std::vector<Marks> marks, Rights rights = Rights::administrator) {
  test::WorldHost host(world);
  steps::Context context(host.host);
  const auto action = mark_nodes(std::move(marks), rights == Rights::kubelet ? kKubelet : kAdmin, rights);
  if (!action->is_done(context)) {
    action->apply(context);
  }
  action->verify(context);
  CHECK(world.unknown() == std::vector<std::string>{});
}

const Marks kWorker{.node = "w1", .labels = {{"zone", "north"}}, .taints = {"gpu=true:NoSchedule"}};

}  // namespace

TEST_CASE("nodes are marked lawfully; their marks go with them") {
  const test::Laws laws{.leftovers = {"cluster node w1"}};
  CHECK(test::check_laws(
            with_cluster,
            test::lawful([](FakeWorld&) { return mark_nodes({kWorker}, kAdmin, Rights::administrator); },
                         [](host::Host&, const steps::Change&) {}),
            laws) > 2);
}

TEST_CASE(
    "a master makes every node of the site that is there bear its marks, and takes back its own alone") {
  const auto world = with_cluster();
  FakeWorld& there = *world;
  auto& worker = world->kubectl.nodes.at("w1");
  run(there, {kWorker, {.node = "absent", .labels = {{"a", "b"}}}});
  CHECK(worker.labels.at("zone") == "north");
  CHECK(worker.taints == Strings{"gpu=true:NoSchedule", "theirs:NoExecute"});
  CHECK_FALSE(world->kubectl.nodes.contains("absent"));
  const unsigned version = worker.version;
  run(there, {kWorker});
  CHECK(worker.version == version);
  worker.labels["zone"] = "south";
  run(there, {kWorker});
  CHECK(worker.labels.at("zone") == "north");
  run(there, {{.node = "w1"}});
  CHECK(worker.labels == test::FakeKubectl::Labels{{"theirs", "x"}});
  CHECK(worker.taints == Strings{"theirs:NoExecute"});
  CHECK(worker.annotations.empty());
}

TEST_CASE("a taint that somebody adds at the same moment is not lost") {
  const auto world = with_cluster();
  bool has_come = false;
  world->kubectl.before_patch = [&] {
    if (!has_come) {
      has_come = true;
      world->kubectl.nodes.at("w1").taints.insert("node.kubernetes.io/unreachable:NoExecute");
      ++world->kubectl.nodes.at("w1").version;
    }
  };
  run(*world, {kWorker});
  CHECK(world->kubectl.nodes.at("w1").taints ==
        Strings{"gpu=true:NoSchedule", "theirs:NoExecute", "node.kubernetes.io/unreachable:NoExecute"});
}

TEST_CASE("a worker does what its kubelet may, and names the rest") {
  const auto world = with_cluster();
  Marks wanted = kWorker;
  wanted.labels["node-role.kubernetes.io/gpu"] = "";
  run(*world, {wanted}, Rights::kubelet);
  const auto& worker = world->kubectl.nodes.at("w1");
  CHECK(worker.labels.at("zone") == "north");
  CHECK(worker.taints == Strings{"theirs:NoExecute"});
  test::WorldHost host(*world);
  CHECK(join(denied_marks(host.host, wanted), "; ") ==
        "label node-role.kubernetes.io/gpu=; taint gpu:NoSchedule");
  run(*world, {wanted});
  CHECK(denied_marks(host.host, wanted).empty());
  CHECK(worker.labels.contains("node-role.kubernetes.io/gpu"));
  world->files.remove(kKubelet);
  CHECK(denied_marks(host.host, wanted).empty());
}

TEST_CASE("an API that does not answer is waited for, and named with what it said") {
  const auto world = with_cluster();
  world->kubectl.refusals = 2;
  run(*world, {kWorker});
  CHECK(world->kubectl.nodes.at("w1").labels.at("zone") == "north");
  world->programs.on({"kubectl", "--kubeconfig", kAdmin, "--cache-dir", "/var/lib/bundle/kubectl", "patch"},
                     {.status = 1, .out = "", .err = "denied the request: no labels here\n"});
  world->kubectl.nodes.at("w1").labels.erase("zone");
  test::WorldHost host(*world);
  auto clock = std::chrono::steady_clock::now();
  host.host.steady = [&] { return clock += std::chrono::minutes(1); };
  steps::Context context(host.host);
  const Error error =
      test::thrown_by([&] { mark_nodes({kWorker}, kAdmin, Rights::administrator)->apply(context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(error.message() == "the labels and taints of w1 cannot be set: denied the request: no labels here");
}

}  // namespace bundle::nodes
