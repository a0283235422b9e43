#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/fakes/world.hpp"

namespace bundle::test {
namespace {

constexpr const char* kConfig = "/etc/kubernetes/admin.conf";

struct Cluster : FakeWorld {
  Cluster() {
    put(kConfig, "apiVersion: v1\n");
    put(FakeHelm::kPath, "");
    put("/p/a-1.0.tgz", "a");
    put("/p/a-1.1.tgz", "b");
    put("/p/values.yaml", "x: 1\n");
    kubectl.make_cluster("node1");
  }
  std::string ask(std::vector<std::string> words, const std::string& program, const std::string& input = "") {
    words.insert(words.begin(), {program, "--kubeconfig", kConfig});
    const CommandResult result = runner.run({.argv = std::move(words), .input = input});
    return fmt::format("{} {}", result.status, result.out);
  }
  std::string kube(std::vector<std::string> words, const std::string& input = "") {
    return ask(std::move(words), "kubectl", input);
  }
  std::string run_helm(std::vector<std::string> words) {
    return ask(std::move(words), std::string(FakeHelm::kPath));
  }
  std::string upgrade(const std::string& version, const std::string& description) {
    return run_helm({"upgrade", "--install", "a", "/p/a-" + version + ".tgz", "--namespace", "s",
                     "--create-namespace", "--wait", "--timeout", "15m", "--values", "/p/values.yaml",
                     "--description", description});
  }
  std::string listed() {
    return run_helm({"list", "--all", "--namespace", "s", "--filter", "^a$", "-o", "json"});
  }
};

TEST_CASE("a manifest differs until it is applied, and again when its file changes") {
  Cluster cluster;
  cluster.put("/m.yaml", "kind: X\n");
  const std::vector<std::string> diff = {"diff", "--server-side", "--force-conflicts", "-f", "/m.yaml"};
  CHECK(cluster.kube(diff).starts_with("1 "));
  CHECK(cluster.kube({"apply", "--server-side", "--force-conflicts", "-f", "/m.yaml"}).starts_with("0 "));
  CHECK(cluster.kube(diff) == "0 ");
  cluster.put("/m.yaml", "kind: Y\n");
  CHECK(cluster.kube(diff).starts_with("1 "));
  CHECK(cluster.kube({"delete", "-f", "/m.yaml", "--ignore-not-found", "--wait=false"}).starts_with("0 "));
  CHECK(cluster.kubectl.applied.empty());
}

TEST_CASE("nodes take labels, and tell their labels and taints") {
  Cluster cluster;
  const auto patch = [&](const std::string& text) {
    return cluster.kube({"patch", "--type=merge", "--patch", text, "--", "node", "node1"});
  };
  CHECK(patch(R"({"metadata":{"labels":{"a":"b"},"annotations":{"x":"y"}}})") == "0 node/node1 patched\n");
  CHECK(cluster.kube({"get", "node", "node1", "-o", "jsonpath={.metadata.labels}"}) ==
        R"(0 {"a":"b","kubernetes.io/hostname":"node1","node-role.kubernetes.io/control-plane":""})");
  CHECK(cluster.kubectl.nodes["node1"].annotations.at("x") == "y");
  CHECK(patch(R"({"metadata":{"resourceVersion":"1"},"spec":{"taints":[]}})").starts_with("1 "));
  CHECK(cluster.kubectl.nodes["node1"].taints.size() == 1);
  CHECK(patch(R"({"metadata":{"labels":{"a":null},"resourceVersion":"2"},"spec":{"taints":[]}})")
            .starts_with("0 "));
  CHECK(cluster.kubectl.nodes["node1"].taints.empty());
  CHECK_FALSE(cluster.kubectl.nodes["node1"].labels.contains("a"));
  CHECK(cluster.kube({"wait", "--for=condition=Ready", "node/node1", "--timeout=3s"}).starts_with("0 "));
  CHECK(cluster.unknown().empty());
}

TEST_CASE("a namespace comes through stdin, with its labels") {
  Cluster cluster;
  cluster.kube({"apply", "--server-side", "-f", "-"},
               R"({"kind":"Namespace","metadata":{"name":"n","labels":{"k":"v"}}})");
  CHECK(cluster.kubectl.namespaces["n"]["k"] == "v");
  CHECK(cluster.kube({"get", "namespace", "n", "-o", "json"}).find(R"("k": "v")") != std::string::npos);
  CHECK(cluster.kube({"get", "namespace", "other", "-o", "json"}).starts_with("1 "));
}

TEST_CASE("no kubeconfig, an API that is just starting and none at all are refused") {
  Cluster cluster;
  cluster.kubectl.refusals = 1;
  CHECK(cluster.kube({"get", "--raw", "/readyz"}) == "1 ");
  CHECK(cluster.kube({"get", "--raw", "/readyz"}) == "0 ok");
  cluster.files.remove(kConfig);
  CHECK(cluster.kube({"get", "--raw", "/readyz"}) == "1 ");
  cluster.put(kConfig, "");
  cluster.kubectl.clear_cluster();
  CHECK(cluster.kube({"get", "--raw", "/readyz"}) == "1 ");
  CHECK(cluster.listed() == "1 ");
}

TEST_CASE("helm lists what it upgraded, with chart, revision and status, and tells the description") {
  Cluster cluster;
  CHECK(cluster.listed() == "0 []\n");
  CHECK(cluster.upgrade("1.0", "first").starts_with("0 "));
  CHECK(cluster.upgrade("1.1", "second").starts_with("0 "));
  CHECK(cluster.listed() ==
        R"(0 [{"app_version":"","chart":"a-1.1","name":"a","namespace":"s","revision":"2",)"
        R"("status":"deployed","updated":"2026-11-21 20:00:00.000000000 +0000 UTC"}])"
        "\n");
  CHECK(
      cluster.run_helm({"status", "a", "--namespace", "s", "-o", "json"}).find(R"("description":"second")") !=
      std::string::npos);
  CHECK(cluster.kubectl.namespaces.contains("s"));
  CHECK(cluster.run_helm({"uninstall", "a", "--namespace", "s"}).starts_with("0 "));
  CHECK(cluster.helm.releases.empty());
  CHECK(cluster.unknown().empty());
}

TEST_CASE("an upgrade that is cut off stays pending, refuses the next one and can be rolled back") {
  Cluster cluster;
  cluster.upgrade("1.0", "first");
  cluster.power.cut_at(1);
  CHECK_THROWS_AS(cluster.upgrade("1.1", "second"), PowerCut);
  cluster.power.restore();
  CHECK(cluster.helm.releases["s/a"].back().status == "pending-upgrade");
  CHECK(cluster.upgrade("1.1", "second").starts_with("1 "));
  CHECK(cluster.run_helm({"rollback", "a", "--namespace", "s", "--wait"}).starts_with("0 "));
  CHECK(cluster.helm.releases["s/a"].back().chart == "a-1.0");
  CHECK(cluster.helm.releases["s/a"].back().description == "Rollback to 1");
  CHECK(cluster.upgrade("1.1", "second").starts_with("0 "));
  cluster.helm.upgrade_error = "timed out";
  CHECK(cluster.upgrade("1.0", "third").starts_with("1 "));
  CHECK(cluster.helm.releases["s/a"].back().status == "failed");
}

}  // namespace
}  // namespace bundle::test
