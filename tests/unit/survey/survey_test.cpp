#include "survey/survey.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "host/state_folder.hpp"
#include "support/thrown.hpp"
#include "survey/judge.hpp"
#include "unit/survey/surveyed.hpp"

namespace bundle::survey {
namespace {

using bundle::test::holds;
using bundle::test::thrown_by;
using test::Surveyed;

}  // namespace

TEST_CASE_FIXTURE(Surveyed, "a site that is well is seen as a whole, and nothing is changed or left open") {
  const std::string before = world.snapshot();
  const Picture picture = survey();
  CHECK(picture.way == Way::endpoint);
  CHECK(picture.endpoint == "10.0.0.100:6553");
  REQUIRE(picture.nodes.value);
  REQUIRE(picture.nodes.value->size() == 3);
  const Node& first = picture.nodes.value->front();
  CHECK(first.host == Host{.name = "m1", .address = "10.0.0.5"});
  CHECK(first.is_master());
  CHECK(first.kubelet == "v1.34.3");
  CHECK_FALSE(first.takes_pods);
  CHECK(picture.nodes.value->back().takes_pods);
  REQUIRE(picture.etcd.value);
  CHECK(picture.etcd.value->size() == 2);
  CHECK_FALSE(picture.etcd.value->front().is_leader);
  CHECK(picture.etcd.value->back().is_leader);
  REQUIRE(picture.vip);
  REQUIRE(picture.vip->owners.value);
  REQUIRE(picture.vip->owners.value->size() == 1);
  CHECK(picture.vip->owners.value->front().node == "m2");
  // Ten files, three kubeconfigs, the kubelet's, and what m2's API server shows.
  CHECK(picture.certificates.size() == 15);
  CHECK(faults() == "");
  CHECK(unknown() == "");
  CHECK(world.unknown().empty());
  CHECK(bundle::test::difference(before, world.snapshot(), {}) == "");
}

TEST_CASE_FIXTURE(Surveyed, "a host that is no master is told so") {
  const auto refused = [&] { return thrown_by([&] { survey(); }); };
  std::filesystem::remove(host.host.at("/etc/kubernetes/admin.conf"));
  CHECK(refused().kind() == ErrorKind::preflight);
  CHECK(holds(refused().message(), "there is no control plane on this host"));
  std::filesystem::remove(host.host.at(host::kJournalPath));
  CHECK(holds(refused().message(), "nothing was installed here by bundle"));
}

TEST_CASE_FIXTURE(Surveyed, "nodes that are not Ready, of another version, or have not joined") {
  world.kubectl.nodes["m2"].is_ready = false;
  world.kubectl.nodes["w1"].kubelet = "v1.33.1";
  world.put("/etc/hosts",
            replace_all(world.get("/etc/hosts"), "# END bundle\n", "10.0.0.10 w2\n# END bundle\n"));
  CHECK(holds(faults(), "node m2 is not Ready: KubeletNotReady: container runtime is down\n"));
  CHECK(holds(faults(), "node w1 has kubelet v1.33.1, the bundle installed here has v1.34.3\n"));
  CHECK(holds(faults(), "node w2 (10.0.0.10) of the site file has not joined\n"));
}

TEST_CASE_FIXTURE(Surveyed, "etcd: a learner, a silent member, no leader") {
  world.kubectl.etcd_members["m2"] = false;
  CHECK(faults() == "the member m2 of etcd is a learner: it does not vote yet\n");
  world.kubectl.etcd_members["m2"] = true;
  world.kubectl.silent_members = {"m2"};
  CHECK(faults() == "the member m2 of etcd does not answer\n");
  world.kubectl.etcd_leader = "";
  CHECK(holds(faults(), "no leader of etcd is named by all its members\n"));
  world.kubectl.etcd_members.erase("m2");
  CHECK(holds(faults(), "the master m2 is no member of etcd\n"));
}

TEST_CASE_FIXTURE(Surveyed, "where the endpoint is lost, this host's own API server shows the cluster") {
  world.kubectl.is_endpoint_lost = true;
  world.network.on_link.erase("10.0.0.100");
  const Picture picture = survey();
  CHECK(picture.way == Way::own_server);
  CHECK(picture.nodes.value);
  CHECK(picture.etcd.value);
  CHECK(holds(faults(), "nobody answers at the endpoint 10.0.0.100:6553 (The connection to the server"));
  CHECK(holds(faults(), "nobody has the virtual address 10.0.0.100\n"));
}

TEST_CASE_FIXTURE(Surveyed,
                  "where no API server answers, certificates, images and virtual address are seen") {
  world.kubectl.is_api_ready = false;
  const Picture picture = survey();
  CHECK(picture.way == Way::none);
  CHECK_FALSE(picture.nodes.value);
  CHECK(picture.vip->owners.value->size() == 1);
  CHECK(picture.certificates.size() == 14);
  CHECK(picture.images.front().lacking.value);
  CHECK(holds(faults(), "no API server answers, neither at the endpoint"));
  CHECK(holds(unknown(), "components: no API server answers\n"));
}

TEST_CASE_FIXTURE(Surveyed, "certificates: those that end soon, have ended, or cannot be read") {
  constexpr std::int64_t kEnd = 2'111'145'381;  // of the test's CA, 2036-11-24T13:16:21Z
  constexpr std::int64_t kDay = 86400;
  world.now = kEnd - 33 * kDay;
  CHECK(faults() == "");
  world.now = kEnd - 29 * kDay;
  CHECK(holds(faults(), "the certificate /etc/kubernetes/pki/apiserver.crt of m1 ends in 29 days\n"));
  CHECK(holds(faults(), "the certificate /etc/kubernetes/admin.conf of m1 ends in 29 days\n"));
  world.now = kEnd + 100;
  CHECK(holds(faults(), "pki/apiserver.crt of m1 has expired on 2036-11-24T13:16:21Z\n"));
  CHECK(holds(faults(), "the certificate API server of m2 has expired on 2036-11-21T20:00:00Z\n"));
  world.now = 1'790'000'000;
  world.put("/etc/kubernetes/pki/apiserver.crt", "garbage");
  world.put("/etc/kubernetes/scheduler.conf", "users: [1");
  CHECK(faults() == "");
  CHECK(
      holds(unknown(), "certificate /etc/kubernetes/pki/apiserver.crt of m1: there is no certificate in it"));
  CHECK(holds(unknown(), "certificate /etc/kubernetes/scheduler.conf of m1: "));
}

TEST_CASE_FIXTURE(Surveyed, "an API server that does not answer is named, and its certificate unknown") {
  world.api.servers.erase("10.0.0.6");
  CHECK(faults() ==
        "the API server of m2 is not ready: curl: (7) Failed to connect to 10.0.0.6 port 6443: Connection "
        "refused\n");
  CHECK(holds(unknown(), "certificate API server of m2: curl: (7)"));
}

TEST_CASE_FIXTURE(Surveyed, "images that a node lacks are named where that can be known") {
  const std::string pause = "registry.k8s.io/pause:3.10.1";
  world.ctr.images.erase(pause);
  std::erase(world.kubectl.nodes["w1"].images, pause);
  CHECK(holds(faults(), "m1 lacks 1 image of the bundle: registry.k8s.io/pause:3.10.1\n"));
  CHECK(holds(faults(), "w1 lacks 1 image of the bundle: registry.k8s.io/pause:3.10.1\n"));
  SUBCASE("a kubelet that lists as many as it may has perhaps left some out") {
    world.kubectl.nodes["w1"].images.resize(50, "x:1");
    CHECK_FALSE(holds(faults(), "w1 lacks"));
    CHECK(holds(unknown(), "images of w1: its kubelet lists too many images, or none"));
  }
  SUBCASE("likewise of the names of one image") {
    const json::Object image{{"names", json::Array{"a:1", "a:2", "a:3", "a:4", "a:5"}}};
    const json::Object node{{"metadata", json::Object{{"name", "w1"}}},
                            {"status", json::Object{{"images", json::Array{image}}}}};
    world.programs.on({"kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--cache-dir",
                       "/var/lib/bundle/kubectl", "--request-timeout=10s", "get", "nodes"},
                      {.out = json::pretty(json::Object{{"items", json::Array{node}}})});
    CHECK_FALSE(holds(faults(), "w1 lacks"));
    CHECK(holds(unknown(), "images of w1: its kubelet lists too many images, or none"));
  }
  SUBCASE("no containerd") {
    world.systemd.units["containerd.service"].is_active = false;
    CHECK_FALSE(holds(faults(), "m1 lacks"));
    CHECK(holds(unknown(), "images of m1: containerd does not answer"));
  }
  SUBCASE("a pod that waits for an image") {
    world.kubectl.pods = {{.space = "demo",
                           .name = "page-1",
                           .status = "ImagePullBackOff",
                           .image = "docker.io/library/x:1",
                           .node = "w1"}};
    CHECK(
        holds(faults(), "demo/page-1 on w1 waits for the image docker.io/library/x:1 (ImagePullBackOff)\n"));
  }
}

TEST_CASE_FIXTURE(Surveyed, "components: what is not well, not installed, or pending") {
  world.kubectl.workloads["kube-system/deployment/coredns"] = false;
  world.helm.releases["metallb-system/metallb"].back().status = "pending-install";
  world.helm.releases.erase("demo/hello");
  CHECK(holds(faults(), "kubernetes: deployment/coredns in kube-system: 0 of 1 pods are available\n"));
  CHECK(holds(faults(), "metallb: the release metallb in metallb-system is pending-install\n"));
  CHECK(holds(faults(), "charts: the release hello in demo is not installed\n"));
  world.kubectl.nodes.erase("w1");
  CHECK(holds(faults(), "charts is pending, until there is a node that takes pods"));
  // The pod network finds room on every node.
  world.kubectl.workloads.erase("kube-flannel/daemonset/kube-flannel-ds");
  CHECK(holds(faults(), "flannel: daemonset/kube-flannel-ds in kube-flannel is not there\n"));
}

TEST_CASE_FIXTURE(Surveyed,
                  "without the kept index, or with another one, components and images are unknown") {
  std::filesystem::remove(host.host.at("/var/lib/bundle/index/bundle.json"));
  CHECK(faults() == "");
  CHECK(holds(unknown(), "components: the installation kept no index of its bundle"));
  CHECK(holds(unknown(), "images of w1: the installation kept no index"));
  world.put("/var/lib/bundle/index/bundle.json", "{}");
  CHECK(holds(unknown(), "is not the index of the bundle that was installed last"));
}

TEST_CASE_FIXTURE(Surveyed, "what an API server answers is not believed to have a shape") {
  const auto answer = [&](const std::string& out) {
    world.programs.on({"kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--cache-dir",
                       "/var/lib/bundle/kubectl", "--request-timeout=10s", "get", "nodes"},
                      {.out = out});
  };
  for (const char* out : {"", "[]", "null", "7", "{\"items\": {}}", "{\"items\": 3}", "{\"items\": []}"}) {
    answer(out);
    CAPTURE(out);
    CHECK(holds(faults(), "the nodes cannot be seen: "));
  }
  const std::string whole =
      R"({"items": [{"metadata": {"name": "m\u001b[2J", "labels": {"node-role.kubernetes.io/x": 1}},
    "status": {"addresses": [{"type": "InternalIP", "address": 7}], "conditions": "x", "images": [3, {"names": 4}]}}]})";
  answer(whole);
  const Picture picture = survey();
  REQUIRE(picture.nodes.value);
  CHECK(picture.nodes.value->front().host.name == "m\\x1b[2J");
  CHECK_FALSE(picture.nodes.value->front().is_ready);
  // Cut anywhere it is an error in words.
  for (std::size_t size = 0; size < whole.size(); ++size) {
    answer(whole.substr(0, size));
    CHECK(holds(faults(), "the nodes cannot be seen: "));
  }
}

TEST_CASE_FIXTURE(Surveyed, "what a master does by itself is seen, and whether it went well") {
  CHECK(survey().timers.empty());
  world.systemd.units["bundle-certificates.timer"] = {.is_enabled = true, .is_active = true};
  world.systemd.units["bundle-etcd-snapshots.timer"] = {};
  const std::vector<Timer> timers = survey().timers;
  REQUIRE(timers.size() == 2);
  CHECK(timers[0].is_on);
  CHECK_FALSE(timers[1].is_on);
  CHECK(faults().empty());  // one that is turned off is meant to be
  world.systemd.units["bundle-etcd-snapshots.timer"].is_enabled = true;
  CHECK(faults() == "bundle-etcd-snapshots.timer on m1 is enabled, but does not run\n");
  world.put(host::fault_path("bundle-etcd-snapshots"), "no room\x1b[2J\nmore");
  CHECK(faults() == "the last snapshot of etcd on m1 failed: no room\\x1b[2J\n");
}

TEST_CASE_FIXTURE(Surveyed, "a program that hangs has failed, and the rest is seen") {
  world.programs.on({"curl"}, [](const Command&) -> CommandResult {
    throw Error(ErrorKind::step, "curl ran longer than 20 s");
  });
  world.programs.on({"arping"}, [](const Command& command) -> CommandResult {
    CHECK(command.timeout <= std::chrono::seconds(20));
    throw Error(ErrorKind::step, "arping ran longer than 20 s");
  });
  CHECK(holds(faults(), "the API server of m2 is not ready: curl ran longer than 20 s\n"));
  CHECK(holds(unknown(), "owner of 10.0.0.100: ARP could not be asked: arping ran longer than 20 s\n"));
}

}  // namespace bundle::survey
