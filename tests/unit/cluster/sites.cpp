#include "unit/cluster/sites.hpp"

#include "base/process.hpp"
#include "base/text.hpp"

namespace bundle::test {

site::Site three_masters() {
  return site::read_site(
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

cluster::ThisNode node_of(const site::Site& site, std::size_t number) {
  cluster::ThisNode node = cluster::node_of(site, site.nodes.at(number));
  node.interface = "eth0";
  return node;
}

cluster::ClusterFacts facts_with(const std::string& containerd) {
  return {.kubernetes_version = "v1.34.3",
          .containerd_version = containerd,
          .pause_image = "registry.k8s.io/pause:3.10.1"};
}

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

}  // namespace bundle::test
