#include "cluster/pod_network.hpp"

#include <doctest/doctest.h>

namespace bundle::cluster {

TEST_CASE("the networks of a bundle are put together with Kubernetes' own") {
  const format::Index index{.components = {{.name = "a",
                                            .network = spec::PodNetwork{.pod_subnet = "10.1.0.0/16",
                                                                        .links = {"aaa*"},
                                                                        .chains = {"AAA-"},
                                                                        .folders = {"/run/aaa"}}},
                                           {.name = "b"},
                                           {.name = "c", .network = spec::PodNetwork{.links = {"ccc0"}}}}};
  const spec::PodNetwork network = pod_network(index);
  CHECK(network.links == std::vector<std::string>{"kube-*", "nodelocaldns", "aaa*", "ccc0"});
  CHECK(network.chains == std::vector<std::string>{"KUBE-", "CNI-", "AAA-"});
  CHECK(network.folders == std::vector<std::string>{"/run/aaa"});
  CHECK(network.pod_subnet.empty());
}

TEST_CASE("a rule is the cluster's when it names one of its chains or links") {
  const spec::PodNetwork network{.links = {"flannel*", "cni0"}, .chains = {"KUBE-"}};
  CHECK(is_rule_of(network, "-A KUBE-SERVICES -j RETURN"));
  CHECK(is_rule_of(network, ":KUBE-MARK-MASQ - [0:0]"));
  CHECK(is_rule_of(network, "-A FORWARD -o cni0 -j ACCEPT"));
  CHECK(is_rule_of(network, "-A FORWARD -o flannel.1 -j ACCEPT"));
  CHECK_FALSE(is_rule_of(network, "-A INPUT -p tcp --dport 22 -j ACCEPT"));
  CHECK_FALSE(is_rule_of(network, "-A FORWARD -o cali12 -j ACCEPT"));
}

}  // namespace bundle::cluster
