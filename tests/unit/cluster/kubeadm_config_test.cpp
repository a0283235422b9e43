#include "cluster/kubeadm_config.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "base/yaml.hpp"
#include "support/skip.hpp"
#include "unit/cluster/sites.hpp"

namespace bundle::cluster {
namespace {

using test::facts_with;
using test::lab_program;
using test::node_of;
using test::three_masters;

}  // namespace

TEST_CASE("kubeadm's configuration has the site's answers, and three documents") {
  const site::Site site = three_masters();
  const std::string config = kubeadm_config(facts_with("1.7.28"), site, node_of(site, 0));
  const std::vector<yaml::Node> documents = yaml::parse_all(config, "kubeadm.yaml", ErrorKind::bug);
  REQUIRE(documents.size() == 3);
  const yaml::Node& cluster = documents[1];
  CHECK(cluster.find("controlPlaneEndpoint")->text == "10.0.0.100:6553");
  CHECK(cluster.find("kubernetesVersion")->text == "v1.34.3");
  CHECK(cluster.find("networking")->find("podSubnet")->text == "10.50.0.0/16");
  CHECK(cluster.find("apiServer")->find("certSANs")->items.size() ==
        7);  // three names, three addresses, the virtual one
  CHECK(documents[0].find("nodeRegistration")->find("taints")->items.size() == 1);
  CHECK(documents[2].find("cgroupDriver")->text == "systemd");
}

TEST_CASE("real kubeadm accepts its configuration" * doctest::test_suite("outside")) {
  const std::string kubeadm = lab_program("kubernetes", "kubernetes");
  if (kubeadm.empty()) {
    test::skip("Kubernetes is not built (tests/lab/kubernetes/build)");
    return;
  }
  const TempDir folder;
  std::filesystem::create_symlink(kubeadm, folder.path() / "kubeadm");
  const std::filesystem::path file = folder.path() / "kubeadm.yaml";
  const site::Site site = three_masters();
  ThisNode node = node_of(site, 0);
  node.taints = {"a=b:NoExecute", "c:NoSchedule"};
  std::ofstream(file) << kubeadm_config(facts_with("1.7.28"), site, node);
  PosixRunner runner;
  const CommandResult checked = runner.run(
      {.argv = {(folder.path() / "kubeadm").string(), "config", "validate", "--config", file.string()}});
  CAPTURE(checked.err);
  CHECK(checked.status == 0);
}

TEST_CASE("what is the whole cluster's holds nothing of one host") {
  ClusterFacts facts = facts_with("1.7.28");
  facts.resolv_conf.clear();
  ThisNode node = node_of(three_masters(), 0);
  node.kubelet = {{"maxPods", 20}};
  const std::string without = kubeadm_config(facts, three_masters(), node);
  CHECK(without.find("resolvConf") == std::string::npos);
  CHECK(without.find("maxPods") == std::string::npos);
  CHECK(kubelet_patch(facts, node) ==
        "{\n  \"maxPods\": 20,\n  \"resolvConf\": \"/etc/kubernetes/resolv.conf\"\n}\n");
  const std::vector<yaml::Node> documents = yaml::parse_all(without, "kubeadm.yaml", ErrorKind::bug);
  CHECK(documents.at(0).find("patches")->find("directory")->text == "/var/lib/bundle/patches");
  // Two masters differ in their InitConfiguration alone.
  const std::string other = kubeadm_config(facts, three_masters(), node_of(three_masters(), 1));
  CHECK(without.substr(without.find("---")) == other.substr(other.find("---")));
  CHECK(without != other);
}

TEST_CASE("the kubelet's resolv.conf is named where kubeadm would take another one") {
  ClusterFacts facts = facts_with("1.7.28");
  CHECK(kubelet_patch(facts, {}) == "{}\n");
  facts.has_resolved = true;
  CHECK(kubelet_patch(facts, {}) == "{\n  \"resolvConf\": \"/etc/resolv.conf\"\n}\n");
  facts.resolv_conf = "/run/systemd/resolve/resolv.conf";
  CHECK(kubelet_patch(facts, {}) == "{\n  \"resolvConf\": \"/run/systemd/resolve/resolv.conf\"\n}\n");
}

TEST_CASE("an answer cannot leave its place in the documents") {
  site::Site site;
  site.cluster_name = "a\"\nfeatureGates: {x: true}";
  const std::vector<yaml::Node> documents =
      yaml::parse_all(kubeadm_config(facts_with("1.7.28"), site,
                                     {.name = "n", .address = "10.0.0.5", .taints = {"k=v:NoExecute", "x"}}),
                      "kubeadm.yaml", ErrorKind::bug);
  CHECK(documents.at(1).find("clusterName")->text == "a\"\nfeatureGates: {x: true}");
  CHECK(documents.at(1).find("featureGates") == nullptr);
  const yaml::Node& taints = *documents.at(0).find("nodeRegistration")->find("taints");
  REQUIRE(taints.items.size() == 2);
  CHECK(taints.items[0].find("key")->text == "k");
  CHECK(taints.items[0].find("value")->text == "v");
  CHECK(taints.items[0].find("effect")->text == "NoExecute");
  CHECK(taints.items[1].find("key")->text == "x");
  CHECK(taints.items[1].find("effect")->text == "NoSchedule");
}

}  // namespace bundle::cluster
