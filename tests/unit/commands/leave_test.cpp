#include <doctest/doctest.h>

#include "cluster/kubectl.hpp"
#include "commands/forget.hpp"
#include "commands/status.hpp"
#include "host/state_folder.hpp"
#include "steps/journal.hpp"
#include "support/thrown.hpp"
#include "unit/commands/master.hpp"

// Nodes that leave their cluster, by undo and by forget.
namespace bundle::commands {
namespace {

using test::holds;
using test::thrown_by;

/// m1, which has joined.
struct Joined : Master {
  Joined() {
    steps::Journal journal(host.host.at(host::kJournalPath), steps::Journal::Access::write);
    journal.begin("kubeadm-join", "sha256:1", {{.type = "kubeadm", .key = "control plane", .before = {}}}, 1);
    journal.done("kubeadm-join", 1, 2);
    world.put(cluster::kKubeletConf, "kind: Config\n");
    world.put("/var/lib/etcd/member/snap/db", "data\n");
    world.kubectl.is_elsewhere = true;
    world.systemd.start("kubelet");
  }
};

}  // namespace

TEST_CASE_FIXTURE(Joined, "undo of a node leaves its cluster; one that may not is refused before any write") {
  world.kubectl.silent_members = {"m2"};
  const std::string before = world.snapshot();
  const Error error = thrown_by([&] { undo(session, {.step = {}, .all = true}); });
  CHECK(error.kind() == ErrorKind::preflight);
  CHECK(holds(error.message(), "m2 does not answer"));
  CHECK(test::difference(before, world.snapshot(),
                         {"file /var/lib/bundle", "folder /var/lib/bundle", "file /run", "folder /run"}) ==
        "");
  world.kubectl.silent_members.clear();
  undo(session, {.step = {}, .all = true});
  CHECK(printed() == "undone: kubeadm-join\n");
  CHECK(world.kubectl.etcd_members == std::map<std::string, bool>{{"m2", true}});
  CHECK_FALSE(world.kubectl.nodes.contains("m1"));
  undo(session, {.step = {}, .all = true});
  CHECK(printed() == "nothing was left to undo\n");
}

TEST_CASE_FIXTURE(Joined, "forced, a master whose cluster does not answer is taken back without it") {
  world.kubectl.is_api_ready = false;
  session.steady = [now = std::chrono::steady_clock::time_point()]() mutable {
    return now += std::chrono::minutes(1);
  };
  CHECK(thrown_by([&] { undo(session, {.step = {}, .all = true}); }).kind() == ErrorKind::preflight);
  undo(session, {.step = {}, .all = true, .force = true});
  CHECK(printed() == "undone: kubeadm-join\n");
  CHECK_FALSE(world.exists(cluster::kAdminConf));
}

TEST_CASE_FIXTURE(Master, "forget says what it has taken out, and that there was nothing") {
  world.programs.on({"timeout", "3", "bash"}, [](const Command&) { return CommandResult{.status = 1}; });
  world.kubectl.nodes["w1"].is_ready = false;
  forget(session, "w1");
  CHECK(printed() == "forgotten: the node w1\n");
  forget(session, "w1");
  CHECK(printed() == "the cluster does not know w1\n");
}

}  // namespace bundle::commands
