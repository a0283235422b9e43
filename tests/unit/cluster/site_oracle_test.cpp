#include <doctest/doctest.h>

#include <fstream>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "cluster/kubeadm_config.hpp"
#include "spec/site_grammar.hpp"
#include "support/skip.hpp"
#include "support/thrown.hpp"
#include "unit/cluster/sites.hpp"

// What the grammar of site.yml takes, Kubernetes' own programs take.
namespace bundle::cluster {
namespace {

/// The lab's kubeadm, kubectl and kubelet, under their names.
struct Programs {
  TempDir folder;
  PosixRunner runner;
  bool is_there = false;

  Programs() {
    const std::string all = test::lab_program("kubernetes", "kubernetes");
    is_there = !all.empty();
    for (const char* name : {"kubeadm", "kubectl", "kubelet"}) {
      std::filesystem::create_symlink(is_there ? all : "absent", folder.path() / name);
    }
    if (!is_there) {
      test::skip("Kubernetes is not built (tests/lab/kubernetes/build)");
    }
  }

  CommandResult run(const std::string& program, std::vector<std::string> words, std::string input = {}) {
    words.insert(words.begin(), (folder.path() / program).string());
    return runner.run({.argv = std::move(words), .input = std::move(input)});
  }

  CommandResult validate(const site::Site& site) {
    const std::filesystem::path file = folder.path() / "kubeadm.yaml";
    std::ofstream(file) << kubeadm_config(test::facts_with("1.7.28"), site, test::node_of(site, 0));
    return run("kubeadm", {"config", "validate", "--config", file.string()});
  }

  /// What the kubelet says to its configuration as kubeadm writes it on this node, with a patch. It never
  /// starts: maxOpenFiles is wrong, which it says among all else that is.
  std::string judge_kubelet(const site::Site& site, const ThisNode& node) {
    ThisNode asked = node;
    asked.kubelet["maxOpenFiles"] = -1;
    const std::filesystem::path patches = folder.path() / "patches";
    std::filesystem::create_directories(patches);
    std::ofstream(patches / std::filesystem::path(kKubeletPatch).filename())
        << kubelet_patch(test::facts_with("1.7.28"), asked);
    const std::filesystem::path file = folder.path() / "kubeadm.yaml";
    std::ofstream(file) << replace_all(kubeadm_config(test::facts_with("1.7.28"), site, node), kPatchesFolder,
                                       patches.string());
    const CommandResult made = runner.run({.argv = {(folder.path() / "kubeadm").string(), "init", "phase",
                                                    "kubelet-start", "--dry-run", "--config", file.string()},
                                           .env = {{"KUBEADM_INIT_DRYRUN_DIR", folder.path().string()}}});
    CAPTURE(made.err);
    REQUIRE(made.status == 0);
    return run("kubelet", {"--config", (folder.path() / "config.yaml").string()}).err;
  }

  CommandResult label(const std::vector<std::string>& pairs) {
    std::vector<std::string> words{"label", "--local", "--overwrite", "-f", "-", "-o", "name", "--"};
    words.insert(words.end(), pairs.begin(), pairs.end());
    return run("kubectl", std::move(words), "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n");
  }

  /// The kubelet reads its options before it says its version.
  CommandResult taint(const std::vector<std::string>& taints) {
    return run("kubelet", {"--register-with-taints=" + join(taints, ","), "--version"});
  }

  CommandResult quota(const std::string& hard) {
    return run("kubectl", {"create", "quota", "q", "--hard=" + hard, "--dry-run=client", "-o", "name"});
  }
};

const std::string k63(63, 'a');
const std::string k253 = k63 + "." + k63 + "." + k63 + "." + std::string(61, 'a');

/// A site of three masters, with one answer otherwise.
std::string site_with(const std::string& name, const std::string& pods, const std::string& services,
                      const std::string& endpoint, const std::string& node = "m1") {
  return "cluster: {name: " + name + ", endpoint: \"" + endpoint + "\", podSubnet: " + pods +
         ", serviceSubnet: " + services + "}\nvip: {address: 172.16.0.100/24}\nnodes:\n  - {name: " + node +
         ", address: 172.16.0.1, roles: [master, lb]}\n";
}

}  // namespace

TEST_CASE("kubeadm takes every site that is read, at the edges of its grammar" *
          doctest::test_suite("outside")) {
  Programs programs;
  if (!programs.is_there) {
    return;
  }
  const std::string pods = "10.244.0.0/16";
  const std::string services = "10.96.0.0/12";
  const std::string endpoint = "172.16.0.100:6553";
  for (const std::string& text :
       {site_with("a", pods, services, endpoint), site_with(k63, pods, services, endpoint),
        site_with("site-a.b1", "11.0.0.0/8", services, endpoint),
        site_with("a", "10.244.0.0/24", services, endpoint), site_with("a", pods, "10.96.0.0/28", endpoint),
        site_with("a", pods, services, "172.16.0.100:1"),
        site_with("a", pods, services, "172.16.0.100:65535"),
        site_with("a", pods, services, "m1.site.local:6553", "m1.site.local"),
        site_with("a", pods, services, k63 + ":6553", k63), site_with("a", pods, services, "1:6553", "\"1\""),
        site_with("\"1.5\"", "100.64.0.0/10", "192.168.0.0/16", endpoint)}) {
    const site::Site site = site::read_site(text, "site.yml");
    const CommandResult checked = programs.validate(site);
    CAPTURE(text);
    CAPTURE(checked.err);
    CHECK(checked.status == 0);
  }
}

TEST_CASE("what kubeadm refuses in a site is refused when it is read" * doctest::test_suite("outside")) {
  Programs programs;
  if (!programs.is_there) {
    return;
  }
  struct Row {
    std::string site::Site::* answer;
    const char* key;
    const char* value;
  };
  for (const Row& row : {Row{&site::Site::endpoint, "endpoint", "https://172.16.0.100:6553"},
                         Row{&site::Site::endpoint, "endpoint", "172.16.0.100:65536"},
                         Row{&site::Site::pod_subnet, "podSubnet", "10.244.0.0/26"},
                         Row{&site::Site::pod_subnet, "podSubnet", "11.0.0.0/7"},
                         Row{&site::Site::service_subnet, "serviceSubnet", "10.96.0.0/29"},
                         Row{&site::Site::service_subnet, "serviceSubnet", "10.96.0.0/11"}}) {
    CAPTURE(row.value);
    site::Site site = test::three_masters();
    site.*row.answer = row.value;
    CHECK(programs.validate(site).status != 0);
    const std::string text = std::string("cluster: {") + row.key + ": \"" + row.value + "\"}\n";
    CHECK(test::thrown_by([&] { site::read_site(text, "site.yml"); }).kind() == ErrorKind::spec);
  }
}

TEST_CASE("the kubelet takes every answer that is read, through kubeadm's patches" *
          doctest::test_suite("outside")) {
  Programs programs;
  if (!programs.is_there) {
    return;
  }
  const std::string nodes = "nodes: [{name: m1, address: 172.16.0.1, roles: [master]}]\n";
  for (const std::string kubelet :
       {"{}", "{numa: single-numa-node, reserved: {cpu: 500m, memory: 500Mi}}",
        "{topologyManagerPolicy: best-effort, topologyManagerScope: pod, cpuManagerPolicy: static, "
        "reservedSystemCPUs: \"0-1,8\", kubeReserved: {memory: 1.5Gi, ephemeral-storage: 1G, pid: 1000}, "
        "evictionHard: {nodefs.available: 2.5%, imagefs.inodesFree: 1000}, maxPods: 253}",
        "{memoryManagerPolicy: Static, reservedMemory: [{numaNode: 0, limits: {memory: 60Mi}}, "
        "{numaNode: 1023, limits: {memory: 40Mi}}], topologyManagerPolicy: restricted}"}) {
    const site::Site site = site::read_site("kubelet: " + kubelet + "\n" + nodes, "site.yml");
    const std::string judged = programs.judge_kubelet(site, test::node_of(site, 0));
    CAPTURE(kubelet);
    CAPTURE(judged);
    CHECK(test::holds(judged,
                      "configuration, error: invalid configuration: maxOpenFiles (--max-open-files) -1 "
                      "must not be a negative number, path"));
  }
  const site::Site site = site::read_site(nodes, "site.yml");
  ThisNode node = test::node_of(site, 0);
  node.kubelet = {{"topologyManagerPolicy", "numa"}};
  CHECK(test::holds(programs.judge_kubelet(site, node), "topologyManagerPolicy (--topology-manager-policy)"));
}

TEST_CASE("kubectl takes every label, the kubelet every taint, the API every quantity" *
          doctest::test_suite("outside")) {
  Programs programs;
  if (!programs.is_there) {
    return;
  }
  const std::vector<std::string> keys = {
      "a",   "A.b_c-D",        "example.com/gpu", "node-role.kubernetes.io/worker", k63, k253 + "/" + k63,
      "1/2", "kubernetes.io/x"};
  const std::vector<std::string> values = {"", "a", "A100-80GB", "1.5_x", k63, "0"};
  std::vector<std::string> labels;
  std::vector<std::string> taints;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string& value = values[i % values.size()];
    REQUIRE(spec::is_label_key(keys[i]));
    REQUIRE(spec::is_label_value(value));
    labels.push_back(keys[i] + "=" + value);
    for (const char* effect : {"NoSchedule", "PreferNoSchedule", "NoExecute"}) {
      taints.push_back(keys[i] + (value.empty() ? "" : "=" + value) + ":" + effect);
      REQUIRE(spec::parse_taint(taints.back()));
    }
  }
  CHECK(programs.label(labels).status == 0);
  CHECK(programs.label({"gpu=A100 80GB"}).status != 0);
  CHECK(programs.taint(taints).status == 0);
  CHECK(programs.taint({"gpu=true:NoSchedul"}).status != 0);
  CHECK(programs.taint({"gpu type=true:NoSchedule"}).status != 0);  // a key is one for labels as well
  for (const char* text : {"500m", "2", "1.5", "0.001", "1000000"}) {
    REQUIRE(spec::parse_cpu_quantity(text));
    CHECK(programs.quota(std::string("cpu=") + text).status == 0);
  }
  for (const char* text : {"1", "500Mi", "1.5Gi", "2G", "1k", "1Ki", "0.001T", "1024Ti", "999M"}) {
    REQUIRE(spec::parse_memory_quantity(text));
    CHECK(programs.quota(std::string("memory=") + text).status == 0);
  }
  CHECK(programs.quota("memory=5x").status != 0);
}

}  // namespace bundle::cluster
