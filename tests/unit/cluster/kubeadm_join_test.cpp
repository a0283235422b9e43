#include "cluster/kubeadm_join.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "cluster/kubeadm_reset.hpp"
#include "support/lawful_action.hpp"
#include "support/test_ca.hpp"
#include "support/thrown.hpp"

namespace bundle::cluster {
namespace {

using test::FakeWorld;
using test::lawful;

const std::string kKey(64, 'a');

spec::Join join_file(const std::string& role) {
  return {.role = role,
          .cluster_name = "site-a",
          .cluster_id = "11111111-2222-3333-4444-555555555555",
          .endpoint = "10.0.0.100:6553",
          .pod_subnet = "10.244.0.0/16",
          .service_subnet = "10.96.0.0/12",
          .ca_pins = {std::string(test::kCaPin)},
          .token = "abcdef.0123456789abcdef",
          .expires = 1'800'000'000,
          .kubernetes = "v1.34.3",
          .bundle_name = "site",
          .bundle_version = "2026.11.0",
          .index_sha256 = std::string(64, 'c')};
}

JoinRequest request(const std::string& role) {
  return {.node = {.name = "n2", .address = "10.0.0.6", .interface = "eth0", .roles = {role}},
          .endpoint = "10.0.0.100:6553",
          .network = {},
          .join = join_file(role),
          .certificate_key = role == "master" ? kKey : ""};
}

/// A host with a runtime, and a cluster elsewhere.
std::unique_ptr<FakeWorld> beside_a_cluster() {
  auto world = test::new_world();
  world->systemd.start("containerd");
  world->api.is_up = true;
  world->api.ca_pem = std::string(test::kCaPem);
  world->kubectl.is_elsewhere = true;
  world->kubectl.make_cluster("m1");
  world->kubectl.etcd_members["m1"] = true;
  world->put("/proc/sys/kernel/hostname", "n2\n");
  return world;
}

// A lease that a cut left ends by itself, and a worker may not take its node out of the list.
test::Laws laws(const std::string& role) {
  test::Laws laws{.leftovers = {"folder /etc/kubernetes", "folder /var/lib/etcd", "folder /var/lib/kubelet",
                                "folder /run", "api lease"},
                  .changes_again = {"history "},
                  .changes_by_cut = {"api lease"}};
  if (role == "worker") {
    laws.leftovers.emplace_back("cluster node n2");
  }
  return laws;
}

}  // namespace

TEST_CASE("a worker and a master join lawfully: what was half done is reset") {
  for (const std::string role : {"worker", "master"}) {
    CAPTURE(role);
    CHECK(test::check_laws(beside_a_cluster,
                           lawful([role](FakeWorld&) { return kubeadm_join(request(role)); }, undo_kubeadm),
                           laws(role)) > 5);
  }
}

TEST_CASE("kubeadm gets token, pins and, for a master, the certificate key; no file keeps them") {
  for (const std::string role : {"worker", "master"}) {
    CAPTURE(role);
    const auto world = beside_a_cluster();
    test::WorldHost host(*world);
    steps::Context context(host.host);
    const auto action = kubeadm_join(request(role));
    action->apply(context);
    action->verify(context);
    const json::Value document = json::parse(world->kubeadm.joined_with, "joined with");
    CHECK(document.find("discovery")->find("bootstrapToken")->find("token")->if_string() != nullptr);
    CHECK((document.find("controlPlane") != nullptr) == (role == "master"));
    CHECK((world->kubeadm.joined_with.find(kKey) == std::string::npos) == (role == "worker"));
    CHECK(world->snapshot().find("0123456789abcdef") == std::string::npos);
    CHECK_FALSE(world->exists("/run/bundle-join.yaml"));
    for (const std::string& text : {json::canonical(action->inputs()), action->describe()}) {
      CHECK(text.find("0123456789abcdef") == std::string::npos);
      CHECK(text.find(kKey) == std::string::npos);
    }
  }
}

TEST_CASE("the document goes when kubeadm fails, too") {
  const auto world = beside_a_cluster();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  world->kubeadm.join_error = "timed out waiting for the condition";
  const Error error = test::thrown_by([&] { kubeadm_join(request("worker"))->apply(context); });
  CHECK(error.message().find("timed out waiting") != std::string::npos);
  CHECK(world->kubeadm.joined_with.find("0123456789abcdef") != std::string::npos);
  CHECK_FALSE(world->exists("/run/bundle-join.yaml"));
}

TEST_CASE("masters take turns, workers do not wait") {
  const auto world = beside_a_cluster();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  std::string holder;
  world->api.on_lease_taken = [&] { holder = world->api.lease->holder; };
  kubeadm_join(request("worker"))->apply(context);
  CHECK(holder.empty());
  const auto other = beside_a_cluster();
  test::WorldHost master(*other);
  steps::Context its(master.host);
  other->api.on_lease_taken = [&] { holder = other->api.lease->holder; };
  kubeadm_join(request("master"))->apply(its);
  CHECK(holder == "n2");
  CHECK_FALSE(other->api.lease.has_value());
}

TEST_CASE("a master that is taken back leaves etcd and the list of nodes, the last one is not told") {
  const auto world = beside_a_cluster();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  const auto action = kubeadm_join(request("master"));
  const steps::Change change = action->capture(context);
  action->apply(context);
  std::vector<std::string> members_at_reset;
  bool had_node = true;
  bool is_kubelet_on = false;  // it would register the node anew
  bool had_etcd = false;       // which its own API server needs to take a node out of the list
  world->programs.on({"kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--cache-dir",
                      "/var/lib/bundle/kubectl", "delete"},
                     [&](const Command&) {
                       is_kubelet_on |= world->systemd.is_active("kubelet");
                       had_etcd = world->kubectl.etcd_members.contains("n2");
                       world->kubectl.nodes.erase("n2");
                       return CommandResult{};
                     });
  world->programs.on({"kubeadm", "reset"}, [&](const Command&) {
    for (const auto& [name, votes] : world->kubectl.etcd_members) {
      members_at_reset.push_back(name);
    }
    had_node = world->kubectl.nodes.contains("n2");
    is_kubelet_on |= world->systemd.is_active("kubelet");
    return CommandResult{};
  });
  SUBCASE("others stay") {
    undo_kubeadm(host.host, change);
    CHECK(members_at_reset == std::vector<std::string>{"m1"});
    CHECK_FALSE(had_node);
    CHECK_FALSE(is_kubelet_on);
    CHECK(had_etcd);
  }
  SUBCASE("the last one") {
    world->kubectl.etcd_members.erase("m1");
    undo_kubeadm(host.host, change);
    CHECK(members_at_reset == std::vector<std::string>{"n2"});
    CHECK(had_node);
  }
}

TEST_CASE("a node that registers itself a moment after kubeadm has ended is waited for") {
  const auto world = beside_a_cluster();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  const auto action = kubeadm_join(request("worker"));
  action->apply(context);
  world->kubectl.refusals = 2;
  CHECK_NOTHROW(action->verify(context));
  CHECK(world->kubectl.refusals == 0);
}

TEST_CASE("a node that the cluster has as Ready after a cut is waited for: kubeadm would not take it") {
  const auto world = beside_a_cluster();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  world->api.machine_ids["n2"] = "x";
  world->api.ready_for["n2"] = 2;
  kubeadm_join(request("worker"))->apply(context);
  CHECK(world->api.ready_for["n2"] == 0);
  CHECK_FALSE(world->kubeadm.joined_with.empty());
}

TEST_CASE("a node that an undo has left closed to pods takes them again") {
  const auto world = beside_a_cluster();
  test::WorldHost host(*world);
  for (const std::string role : {"worker", "master"}) {
    steps::Context context(host.host);
    const auto action = kubeadm_join(request(role));
    action->apply(context);
    world->kubectl.nodes["n2"].is_cordoned = true;
    action->verify(context);
    CHECK_FALSE(world->kubectl.nodes["n2"].is_cordoned);
    reset_node(host.host);
  }
}

TEST_CASE("a member of etcd that the others may need is not wiped while they do not answer") {
  const auto world = beside_a_cluster();
  test::WorldHost host(*world);
  auto now = std::chrono::steady_clock::now();
  host.host.steady = [&] { return now += std::chrono::minutes(1); };
  steps::Context context(host.host);
  const auto action = kubeadm_join(request("master"));
  const steps::Change change = action->capture(context);
  action->apply(context);
  context.begun({change});
  world->kubectl.is_api_ready = false;
  SUBCASE("by an installation that goes on after a cut") {
    steps::Context after_cut(host.host, {change});
    const Error error = test::thrown_by([&] { action->apply(after_cut); });
    CHECK(error.kind() == ErrorKind::step);
    CHECK(error.hint().find("bundle undo --all --force") != std::string::npos);
  }
  SUBCASE("by an undo that has seen them") {
    CHECK(test::thrown_by([&] { leave_and_undo_kubeadm(host.host, change); }).kind() == ErrorKind::step);
  }
  CHECK(world->exists("/var/lib/etcd/member/snap/db"));
  CHECK(world->exists("/etc/kubernetes/admin.conf"));
  CHECK(world->systemd.is_active("kubelet"));
  world->kubectl.is_api_ready = true;
  action->apply(context);
  CHECK(world->kubectl.etcd_members["n2"]);
  leave_and_undo_kubeadm(host.host, change);
  CHECK(world->kubectl.etcd_members == std::map<std::string, bool>{{"m1", true}});
  CHECK_FALSE(world->exists("/etc/kubernetes/admin.conf"));
}

TEST_CASE("a finished join is done without a join file, and one that is not says what it wants") {
  const auto world = beside_a_cluster();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  JoinRequest later = request("worker");
  later.join.reset();
  const Error error = test::thrown_by([&] { kubeadm_join(later)->apply(context); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.hint().find("join-info") != std::string::npos);
  kubeadm_join(request("worker"))->apply(context);
  CHECK(kubeadm_join(later)->is_done(context));
  CHECK(kubeadm_join(later)->inputs() == kubeadm_join(request("worker"))->inputs());
}

TEST_CASE("a master that has just booted is waited for, also where its kubelet does not answer an exec") {
  const auto world = beside_a_cluster();
  test::WorldHost host(*world);
  json::Array marks;
  {
    steps::Context context(host.host, {}, {}, [&](const json::Value& what) { marks.push_back(what); });
    kubeadm_join(request("master"))->apply(context);
  }
  steps::Context context(host.host, {}, marks);
  int asked = 0;
  world->programs.on(
      {"kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--cache-dir", "/var/lib/bundle/kubectl",
       "--namespace", "kube-system", "exec", "etcd-n2"},
      [&](const Command&) -> CommandResult {
        if (++asked == 1) {
          throw Error(ErrorKind::step, "it took longer than 20 s");
        }
        return {.out = "1a, started, n2, https://10.0.0.6:2380, https://10.0.0.6:2379, false\n"};
      });
  CHECK(kubeadm_join(request("master"))->is_done(context));
  CHECK(asked == 2);
}

TEST_CASE("a renewed join file is the same step") {
  JoinRequest renewed = request("master");
  renewed.join->token = "zzzzzz.zzzzzzzzzzzzzzzz";
  renewed.certificate_key = std::string(64, 'b');
  CHECK(kubeadm_join(renewed)->inputs() == kubeadm_join(request("master"))->inputs());
}

TEST_CASE("another cluster at the endpoint gets no token") {
  const auto world = beside_a_cluster();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  JoinRequest other = request("worker");
  other.join->ca_pins = {"sha256:" + std::string(64, '0')};
  CHECK(test::thrown_by([&] { kubeadm_join(other)->apply(context); }).kind() == ErrorKind::step);
  CHECK(world->kubeadm.joined_with.empty());
  for (const std::string& asked : world->api.asked) {
    CHECK(asked.find("with token") == std::string::npos);
  }
}

}  // namespace bundle::cluster
