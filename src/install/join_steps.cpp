#include "install/join_steps.hpp"

#include "base/error.hpp"
#include "cluster/kubeadm_join.hpp"
#include "cluster/kubectl.hpp"
#include "cluster/pod_network.hpp"
#include "install/history.hpp"
#include "install/node_steps.hpp"
#include "upkeep/timers.hpp"

namespace bundle::install {
namespace {

steps::Step join_step(const Opened& opened) {
  steps::Step step{.id = std::string(cluster::kJoinStep),
                   .title = "join the cluster",
                   .hint = "crictl ps -a; journalctl -u kubelet"};
  prepare_kubeadm(step, opened);
  step.add(cluster::kubeadm_join({.node = opened.node,
                                  .endpoint = endpoint_of(opened.site, opened.node),
                                  .network = cluster::pod_network(opened.index()),
                                  .join = opened.join,
                                  .certificate_key = opened.certificate_key}));
  return step;
}

}  // namespace

steps::Plan join_steps(const cluster::ClusterFacts& facts, const Opened& opened) {
  const bool is_master = opened.node.roles.contains("master");
  const std::string kubeconfig(is_master ? cluster::kAdminConf : cluster::kKubeletConf);
  steps::Plan plan = balancer_steps(facts, opened);
  plan.push_back(join_step(opened));
  plan.push_back(kubelet_step(facts, opened, kubeconfig));
  if (is_master) {
    plan.push_back(kubeconfig_step());
  }
  plan.push_back(labels_step(opened));
  if (is_master) {
    plan.push_back(upkeep::certificates_step(opened.site));
    plan.push_back(upkeep::snapshots_step(opened.site));
  }
  return plan;
}

}  // namespace bundle::install
