#include "cluster/room.hpp"

#include <doctest/doctest.h>

#include "support/lawful_action.hpp"

namespace bundle::cluster {
namespace {

struct Site {
  test::FakeWorld world;
  test::WorldHost host{world};
  site::Site site{.nodes = {{.name = "m1", .roles = {"master"}},
                            {.name = "w1", .roles = {"worker"}},
                            {.name = "g1", .roles = {"gpu"}}}};
  ThisNode master{.name = "m1", .roles = {"master"}};

  Room now() { return room_now(host.host, site, master); }
  void make_cluster() {
    world.put("/etc/kubernetes/admin.conf", "kind: Config\n");
    world.kubectl.make_cluster("m1");
  }
};

}  // namespace

TEST_CASE_FIXTURE(Site, "before there is a cluster a host has the room that it becomes") {
  CHECK_FALSE(now().for_pods);
  master.schedulable_master = true;
  CHECK(now().for_pods);
  master.roles.insert("gpu");
  CHECK(now().for_gpu);
  master.taints = {"gpu=true:NoSchedule"};
  CHECK_FALSE(now().for_pods);
}

TEST_CASE_FIXTURE(Site, "room is on nodes that are Ready and do not repel pods") {
  make_cluster();
  CHECK_FALSE(now().for_pods);
  world.kubectl.nodes["w1"] = {.labels = {}, .taints = {}, .is_ready = false};
  CHECK_FALSE(now().for_pods);
  world.kubectl.nodes["w1"].is_ready = true;
  CHECK(now().for_pods);
  world.kubectl.nodes["w1"].taints = {"x=y:NoExecute"};
  CHECK_FALSE(now().for_pods);
  world.kubectl.nodes["w1"].taints = {"x=y:PreferNoSchedule"};
  CHECK(now().for_pods);
  world.kubectl.nodes["w1"].taints = {"node.kubernetes.io/not-ready=:NoSchedule"};  // Ready a moment ago
  CHECK(now().for_pods);
  CHECK_FALSE(now().for_gpu);
  world.kubectl.nodes["g1"].taints = {"gpu=true:NoSchedule"};
  CHECK(now().for_gpu);
  world.kubectl.is_api_ready = false;
  CHECK_FALSE(now().for_pods);
}

TEST_CASE("what has a chart waits for its kind of node") {
  const format::Index index{
      .charts = {{.component = "gpu-operator"},
                 {.component = "metallb"},
                 {.component = "calico"},
                 {.component = ""}},
      .components = {{.name = "gpu-operator", .roles = {"gpu"}},
                     {.name = "metallb", .roles = {"master", "worker"}},
                     {.name = "calico", .roles = {"master", "worker"}, .network = spec::PodNetwork{}},
                     {.name = "flannel", .roles = {"master", "worker"}}}};
  const auto ids = [&](const Room& room) {
    std::string text;
    for (const Pending& one : pending_charts(index, room)) {
      text += one.id + (one.wants.find("GPU") != std::string::npos ? "(gpu) " : " ");
    }
    return text;
  };
  // Without the pod network, whatever brings it, no node would ever be Ready.
  CHECK(ids({}) == "gpu-operator(gpu) metallb charts ");
  CHECK(ids({.for_pods = true}) == "gpu-operator(gpu) ");
  CHECK(ids({.for_gpu = true}) == "metallb charts ");
  CHECK(ids({.for_pods = true, .for_gpu = true}).empty());
}

}  // namespace bundle::cluster
