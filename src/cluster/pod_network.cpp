#include "cluster/pod_network.hpp"

#include <algorithm>

namespace bundle::cluster {
namespace {

void append(std::vector<std::string>& list, const std::vector<std::string>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

}  // namespace

spec::PodNetwork pod_network(const format::Index& index) {
  // kube-proxy's and the kubelet's own, and those of the plugins that every pod network calls.
  spec::PodNetwork all{.links = {"kube-*", "nodelocaldns"}, .chains = {"KUBE-", "CNI-"}};
  for (const format::Component& component : index.components) {
    if (component.network) {
      append(all.links, component.network->links);
      append(all.chains, component.network->chains);
      append(all.folders, component.network->folders);
    }
  }
  return all;
}

bool is_rule_of(const spec::PodNetwork& network, std::string_view rule) {
  const auto names = [&](std::string_view name) {
    const std::string_view stem = name.substr(0, name.find('*'));
    return rule.find(stem) != std::string_view::npos;
  };
  return std::any_of(network.chains.begin(), network.chains.end(), names) ||
         std::any_of(network.links.begin(), network.links.end(), names);
}

}  // namespace bundle::cluster
