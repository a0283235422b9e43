#include "install/configs.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "support/bare_host.hpp"
#include "support/thrown.hpp"

namespace bundle {
namespace {

using install::ClusterFacts;
using test::holds;

/// Three masters that balance, and a worker.
spec::Site three_masters() {
  return spec::read_site(
      R"(cluster: {name: a, endpoint: "10.0.0.100:6553", podSubnet: 10.50.0.0/16, serviceSubnet: 10.60.0.0/16}
vip: {address: 10.0.0.100/24, virtualRouterId: 7}
nodes:
  - {name: m1, address: 10.0.0.1, roles: [master, lb]}
  - {name: m2, address: 10.0.0.2, roles: [master, lb]}
  - {name: m3, address: 10.0.0.3, roles: [master, lb]}
  - {name: w1, address: 10.0.0.9, roles: [worker]}
)",
      "site.yml");
}

install::ThisNode node_of(const spec::Site& site, std::size_t number) {
  const spec::SiteNode& node = site.nodes[number];
  return {
      .name = node.name, .address = node.address, .interface = "eth0", .roles = node.roles, .lb = node.lb};
}

ClusterFacts facts_with(const std::string& containerd) {
  return {.kubernetes_version = "v1.34.3",
          .containerd_version = containerd,
          .pause_image = "registry.k8s.io/pause:3.10.1"};
}

std::string priority_of(const std::string& config) {
  const std::size_t at = config.find("priority ");
  return config.substr(at, config.find('\n', at) - at);
}

/// The lab's own program of this unit, built from its Go module; empty when it is not built.
std::string lab_program(const std::string& unit, const std::string& name) {
  PosixRunner runner;
  const CommandResult built = runner.run(
      {.argv = {std::string(BUNDLE_SOURCE_DIR) + "/tests/lab/kubernetes/build", "--cached", unit}});
  for (const std::string_view line : split(built.out, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() == 2 && words[0] == name) {
      return std::string(words[1]);
    }
  }
  return {};
}

}  // namespace

TEST_CASE("kubeadm's configuration has the site's answers, and three documents") {
  const spec::Site site = three_masters();
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

TEST_CASE("real kubeadm accepts its configuration") {
  const std::string kubeadm = lab_program("kubernetes", "kubernetes");
  if (kubeadm.empty()) {
    MESSAGE("skipped: Kubernetes is not built (tests/lab/kubernetes/build)");
    return;
  }
  const TempDir folder;
  std::filesystem::create_symlink(kubeadm, folder.path() / "kubeadm");
  const std::filesystem::path file = folder.path() / "kubeadm.yaml";
  for (const std::string numa : {"", "single-numa-node"}) {
    spec::Site site = three_masters();
    site.numa = numa;
    site.reserved_cpu = numa.empty() ? "" : "500m";
    site.reserved_memory = numa.empty() ? "" : "500Mi";
    install::ThisNode node = node_of(site, 0);
    node.taints = {"a=b:NoExecute", "c:NoSchedule"};
    ClusterFacts facts = facts_with("1.7.28");
    facts.has_name_server = numa.empty();
    std::ofstream(file) << kubeadm_config(facts, site, node);
    PosixRunner runner;
    const CommandResult checked = runner.run(
        {.argv = {(folder.path() / "kubeadm").string(), "config", "validate", "--config", file.string()}});
    CAPTURE(checked.err);
    CHECK(checked.status == 0);
  }
}

TEST_CASE("containerd reads its configuration as it was meant, 1.x and 2.x") {
  const std::map<std::string, std::string> units{{"1.7.28", "containerd-1.7"}, {"2.1.5", "containerd-2.1"}};
  for (const auto& [version, unit] : units) {
    CAPTURE(version);
    const std::string program = lab_program(unit, unit + "/containerd");
    if (program.empty()) {
      MESSAGE("skipped: " << unit << " is not built (tests/lab/kubernetes/build)");
      continue;
    }
    const TempDir folder;
    spec::Site site;
    site.containerd_root = "/data/containerd";
    ClusterFacts facts = facts_with(version);
    facts.has_nvidia_runtime = true;
    const std::filesystem::path file = folder.path() / "config.toml";
    std::ofstream(file) << containerd_config(facts, site);
    PosixRunner runner;
    const CommandResult dumped = runner.run({.argv = {program, "--config", file.string(), "config", "dump"}});
    CAPTURE(dumped.err);
    REQUIRE(dumped.status == 0);
    const std::string merged = replace_all(dumped.out, "'", "\"");
    CHECK(holds(merged, "root = \"/data/containerd\""));
    CHECK(holds(merged, "= \"registry.k8s.io/pause:3.10.1\""));
    CHECK(holds(merged, "default_runtime_name = \"nvidia\""));
    CHECK(holds(merged, "BinaryName = \"/usr/bin/nvidia-container-runtime\""));
    CHECK(holds(merged, "config_path = \"/etc/containerd/certs.d\""));
    const std::size_t runc = merged.find("runtimes.runc.options]");
    REQUIRE(runc != std::string::npos);
    CHECK(holds(merged.substr(runc, merged.find("\n\n", runc) - runc), "SystemdCgroup = true"));
  }
}

TEST_CASE("each balancer has a priority of its own and names the others") {
  const spec::Site site = three_masters();
  std::set<std::string> priorities;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string config = keepalived_config(site, node_of(site, i));
    priorities.insert(priority_of(config));
    CHECK(holds(config, "unicast_src_ip " + site.nodes[i].address));
    CHECK(holds(config, site.nodes[(i + 1) % 3].address + "\n"));
    CHECK(holds(config, "10.0.0.100/32 dev eth0"));
  }
  CHECK(priorities.size() == 3);
}

TEST_CASE("haproxy and keepalived accept their configurations") {
  const spec::Site site = three_masters();
  const TempDir folder;
  PosixRunner runner;
  install::ThisNode node = node_of(site, 0);
  node.interface = "lo";
  const std::map<std::string, std::string> files{{"haproxy.cfg", haproxy_config(site, node)},
                                                 {"keepalived.conf", keepalived_config(site, node)}};
  for (const auto& [name, content] : files) {
    std::ofstream(folder.path() / name) << content;
  }
  CHECK(holds(files.at("haproxy.cfg"), "server m3 10.0.0.3:6443 check check-ssl verify none"));
  CHECK_FALSE(holds(files.at("haproxy.cfg"), "10.0.0.9"));
  if (!find_program("haproxy")) {
    MESSAGE("skipped: no haproxy here; tests/lab/install/site.sh starts both");
    return;
  }
  CHECK(runner.run({.argv = {"haproxy", "-c", "-f", (folder.path() / "haproxy.cfg").string()}}).status == 0);
}

TEST_CASE("names, clocks") {
  const spec::Site site = three_masters();
  CHECK(hosts_block(site, node_of(site, 1)) == "10.0.0.1 m1\n10.0.0.2 m2\n10.0.0.3 m3\n10.0.0.9 w1\n");
  CHECK(install::hosts_block({}, {.name = "n", .address = "10.0.0.5"}) == "10.0.0.5 n\n");
  CHECK(holds(chrony_config(site, node_of(site, 0)), "local stratum 10\nallow 10.0.0.2\n"));
  spec::Site timed = site;
  timed.time_servers = {"10.0.0.200"};
  CHECK(holds(chrony_config(timed, node_of(site, 0)), "server 10.0.0.200 iburst"));
  CHECK_FALSE(holds(chrony_config(timed, node_of(site, 0)), "stratum"));
}

}  // namespace bundle
