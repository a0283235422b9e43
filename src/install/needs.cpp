#include "install/needs.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "cluster/kubeadm_join.hpp"

namespace bundle::install {
namespace {

using Ids = std::vector<std::string>;

/// Of the steps before the control plane, as far as they build on each other.
const std::map<std::string, Ids>& needs_on_the_host() {
  static const std::map<std::string, Ids> kNeeds{
      {"packages", {"payload"}},  {"gpu-driver", {"packages"}},
      {"hostname", {"hosts"}},    {"time", {"packages"}},
      {"sysctl", {"modules"}},    {"containerd", {"packages", "modules", "sysctl"}},
      {"images", {"containerd"}}, {"kubelet", {"packages"}},
      {"haproxy", {"packages"}},  {"keepalived", {"packages", "haproxy"}}};
  return kNeeds;
}

/// What a component (or the bundle's own charts) builds on in the cluster.
Ids needs_in_the_cluster(const std::string& id, const format::Index& index) {
  Ids needs{"payload", "kubeadm-init", std::string(cluster::kJoinStep)};
  for (const format::Component& other : index.components) {
    if (other.network && other.name != id) {
      needs.push_back(other.name);
    }
  }
  if (const format::Component* component = index.find_component(id)) {
    needs.insert(needs.end(), component->needs.begin(), component->needs.end());
  }
  return needs;
}

/// `before`: ids of the steps before this one.
Ids needs_of(const std::string& id, const Ids& before, const format::Index& index) {
  if (id == "kubeadm-init" || id == cluster::kJoinStep) {  // a control plane stands on the whole host, but
                                                           // for files that are just there
    Ids needs = before;
    std::erase(needs, "files");
    return needs;
  }
  if (id == "kubelet-config" || id == "kubeconfig" || id == "labels") {
    return {"kubeadm-init", std::string(cluster::kJoinStep)};
  }
  if (id == "certificates" || id == "etcd-snapshots") {  // they run the program that the payload has
    return {"payload", "kubeadm-init", std::string(cluster::kJoinStep)};
  }
  const bool is_in_cluster = std::any_of(before.begin(), before.end(), [](const std::string& other) {
    return other == "kubeadm-init" || other == cluster::kJoinStep;
  });
  if (is_in_cluster) {
    return id == "healthy" ? Ids() : needs_in_the_cluster(id, index);  // that one only waits
  }
  const auto found = needs_on_the_host().find(id);
  return found == needs_on_the_host().end() ? Ids() : found->second;
}

}  // namespace

void add_needs(steps::Plan& plan, const format::Index& index) {
  Ids before;
  for (steps::Step& step : plan) {
    const Ids needs = needs_of(step.id, before, index);
    const std::set<std::string> known(needs.begin(), needs.end());
    std::copy_if(before.begin(), before.end(), std::back_inserter(step.needs),
                 [&](const std::string& id) { return known.contains(id); });
    before.push_back(step.id);
  }
}

}  // namespace bundle::install
