#include "leaving/drain.hpp"

#include <doctest/doctest.h>

#include "cluster/kubectl.hpp"
#include "support/lawful_action.hpp"
#include "support/said.hpp"
#include "support/thrown.hpp"

namespace bundle::leaving {
namespace {

using test::holds;

/// w1, with two pods that can go elsewhere and two that cannot.
struct Worker {
  test::FakeWorld world;
  test::WorldHost host{world};

  Worker() {
    world.put(cluster::kKubeletConf, "kind: Config\n");
    world.systemd.start("kubelet");
    world.kubectl.make_cluster("m1");
    world.kubectl.nodes["w1"] = {};
    world.kubectl.pods = {{.space = "default", .name = "web", .node = "w1"},
                          {.space = "default", .name = "other", .node = "m1"},
                          {.space = "jobs", .name = "over", .status = "Completed", .node = "w1"},
                          {.space = "kube-system", .name = "proxy", .node = "w1", .owner = "DaemonSet"},
                          {.space = "kube-system", .name = "etcd", .node = "w1", .owner = ""}};
    // Time goes by as fast as somebody looks at the clock.
    host.host.steady = [this] { return now_ += std::chrono::seconds(20); };
  }
  std::string drain() {
    return test::said_by([&] { leaving::drain(host.host, cluster::kKubeletConf, "w1"); });
  }
  std::string pods() const {
    std::string text;
    for (const auto& pod : world.kubectl.pods) {
      text += pod.name + " ";
    }
    return text;
  }

 private:
  std::chrono::steady_clock::time_point now_;
};

}  // namespace

TEST_CASE_FIXTURE(Worker, "pods that can go are evicted from a node that takes no new ones") {
  CHECK(drain().empty());
  CHECK(pods() == "other over proxy etcd ");
  CHECK(world.kubectl.nodes["w1"].is_cordoned);
  CHECK(world.unknown().empty());
  CHECK(drain().empty());
}

TEST_CASE_FIXTURE(Worker,
                  "a pod that a budget holds does not hold up the node for ever, and both are named") {
  world.kubectl.pods[0].budget = "web-keeps-one";
  const std::string said = drain();
  CAPTURE(said);
  CHECK(holds(said,
              "1 pod did not leave w1 within 2 minutes and ends with it: default/web (the "
              "PodDisruptionBudget web-keeps-one)"));
  CHECK(pods() == "web other over proxy etcd ");
}

TEST_CASE_FIXTURE(Worker, "a cluster that does not answer is said") {
  world.kubectl.is_api_ready = false;
  CHECK(holds(drain(), "the pods of w1 were not asked to go elsewhere: The connection to the server"));
}

TEST_CASE_FIXTURE(Worker, "without its kubelet no pod would end: none is asked to") {
  world.systemd.stop("kubelet");
  CHECK(drain().empty());
  CHECK_FALSE(world.kubectl.nodes["w1"].is_cordoned);
  CHECK(pods() == "web other over proxy etcd ");
}

}  // namespace bundle::leaving
