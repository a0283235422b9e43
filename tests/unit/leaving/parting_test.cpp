#include "leaving/parting.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "cluster/kubectl.hpp"
#include "host/state_folder.hpp"
#include "support/thrown.hpp"
#include "unit/survey/surveyed.hpp"

namespace bundle::leaving {
namespace {

using cluster::Fate;
using test::holds;

/// m1 of a site of two masters and a worker, which it has made or joined.
struct Member : survey::test::Surveyed {
  Member() {
    host.host.steady = [this] { return now_ += std::chrono::seconds(10); };
    world.put(cluster::kKubeletConf, "kind: Config\n");
    world.put("/var/lib/etcd/member/snap/db", "data\n");
  }
  steps::Journal& came_by(const std::string& step) {
    journal.begin(step, "sha256:1", {{.type = "kubeadm", .key = "control plane", .before = {}}}, 1);
    journal.done(step, 1, 2);
    return journal;
  }
  Parting look(Insist insist = Insist::no) {
    return leaving::look(host.host, journal, {"kubeadm-init", "kubeadm-join"}, insist);
  }
  Error refused() {
    const std::string before = world.snapshot();
    Error error = test::thrown_by([&] { look(); });
    CHECK(error.kind() == ErrorKind::preflight);
    CHECK(holds(error.message(), "m1 cannot leave its cluster: "));
    CHECK(holds(error.hint(), "--all --force"));
    CHECK(world.snapshot() == before);
    CHECK(look(Insist::yes).fate == Fate::lost);
    return error;
  }

  steps::Journal journal{host.host.at(host::kJournalPath), steps::Journal::Access::write};

 private:
  std::chrono::steady_clock::time_point now_;
};

}  // namespace

TEST_CASE_FIXTURE(Member, "a master leaves others that keep their majority, also when it made the cluster") {
  for (const std::string step : {"kubeadm-join", "kubeadm-init"}) {
    came_by(step);
    const Parting parting = look();
    CHECK(parting.fate == Fate::stays);
    CHECK(parting.node == "m1");
    CHECK(parting.is_master);
  }
  CHECK(leaving::look(host.host, journal, {"labels"}, Insist::no).node.empty());
}

TEST_CASE_FIXTURE(Member, "a master without which etcd would lose its majority stays, and so does the last") {
  came_by("kubeadm-join");
  SUBCASE("the other one is silent") {
    world.kubectl.silent_members = {"m2"};
    const Error error = refused();
    CHECK(holds(error.message(), "of the 1 member that would stay (m2), m2 does not answer"));
    CHECK(holds(error.hint(), "bundle forget NODE"));
  }
  SUBCASE("one of two others is silent") {
    world.kubectl.etcd_members["m3"] = true;
    world.kubectl.silent_members = {"m3"};
    CHECK(holds(refused().message(), "m3 does not answer"));
  }
  SUBCASE("there is no other one, but a worker") {
    world.kubectl.etcd_members.erase("m2");
    world.kubectl.nodes.erase("m2");
    CHECK(holds(refused().message(), "it is the last master, and w1 is still in the cluster"));
  }
  SUBCASE("etcd cannot be asked") {
    world.programs.on(
        {"kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--cache-dir", "/var/lib/bundle/kubectl",
         "--request-timeout=10s", "--namespace"},
        [](const Command&) { return CommandResult{.status = 1, .err = "no such container\n"}; });
    CHECK(holds(refused().message(), "who would stay cannot be seen: etcd: no such container"));
  }
}

TEST_CASE_FIXTURE(Member, "a master whose member is out already goes on leaving") {
  came_by("kubeadm-join");
  world.kubectl.etcd_members.erase("m1");
  world.kubectl.silent_members = {"m2"};
  CHECK(look().fate == Fate::stays);
  world.kubectl.nodes.erase("m1");
  CHECK(look().fate == Fate::stays);
}

TEST_CASE_FIXTURE(Member, "a cluster of one ends") {
  came_by("kubeadm-init");
  world.kubectl.etcd_members.erase("m2");
  world.kubectl.nodes.erase("m2");
  world.kubectl.nodes.erase("w1");
  CHECK(look().fate == Fate::ends);
}

TEST_CASE_FIXTURE(Member, "where nobody answers, a master goes when no others can be there") {
  world.kubectl.is_api_ready = false;
  SUBCASE("it has joined theirs") {
    came_by("kubeadm-join");
    CHECK(holds(refused().message(), "nobody answers at its endpoint"));
  }
  SUBCASE("it has joined theirs, and was cut off before its kubelet had a kubeconfig") {
    came_by("kubeadm-join");
    std::filesystem::remove(host.host.at(cluster::kKubeletConf));
    refused();
  }
  SUBCASE("it has made one in a site of several") {
    came_by("kubeadm-init");
    refused();
  }
  SUBCASE("in a site of one") {
    came_by("kubeadm-init");
    world.put("/etc/hosts", "127.0.0.1 localhost\n# BEGIN bundle\n10.0.0.5 m1\n# END bundle\n");
    CHECK(look().fate == Fate::ends);
  }
  SUBCASE("it never came to make one") {
    journal.begin("kubeadm-init", "sha256:1", {{.type = "kubeadm", .key = "control plane", .before = {}}}, 1);
    CHECK(look().fate == Fate::ends);
  }
  SUBCASE("it never came to their etcd") {
    came_by("kubeadm-join");
    std::filesystem::remove_all(host.host.at("/var/lib/etcd"));
    CHECK(look().fate == Fate::ends);
  }
}

TEST_CASE_FIXTURE(Member, "a worker leaves whatever its cluster says") {
  came_by("kubeadm-join");
  journal.install(
      {.bundle = "site", .version = "1", .index_sha256 = "", .roles = "gpu,worker", .node = "w1", .at = 3});
  CHECK(look().fate == Fate::stays);
  CHECK_FALSE(look().is_master);
  world.kubectl.is_api_ready = false;
  CHECK(look().fate == Fate::lost);
}

TEST_CASE_FIXTURE(Member, "an endpoint that answers once and then moves is waited for") {
  came_by("kubeadm-join");
  unsigned asked = 0;
  world.programs.on({"kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--cache-dir",
                     "/var/lib/bundle/kubectl", "--request-timeout=10s", "get", "--raw", "/readyz"},
                    [&](const Command&) {
                      world.kubectl.refusals = ++asked == 1 ? 1 : 0;
                      return CommandResult{.out = "ok"};
                    });
  CHECK(look().fate == Fate::stays);
  CHECK(asked == 2);
}

TEST_CASE_FIXTURE(Member, "an endpoint that is just moving is waited for") {
  came_by("kubeadm-join");
  world.kubectl.refusals = 2;
  CHECK(look().fate == Fate::stays);
  journal.install(
      {.bundle = "site", .version = "1", .index_sha256 = "", .roles = "worker", .node = "w1", .at = 3});
  world.kubectl.refusals = 2;
  CHECK(look().fate == Fate::stays);
}

TEST_CASE_FIXTURE(Member, "a host that is in no cluster any more has nothing to leave") {
  came_by("kubeadm-join");
  std::filesystem::remove(host.host.at(cluster::kAdminConf));
  CHECK(look().fate == Fate::lost);  // in the middle of its reset
  std::filesystem::remove(host.host.at(cluster::kKubeletConf));
  CHECK(look().node.empty());
}

}  // namespace bundle::leaving
