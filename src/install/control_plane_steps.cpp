#include "install/control_plane_steps.hpp"

#include "actions/files.hpp"
#include "base/error.hpp"
#include "cluster/kubeadm_config.hpp"
#include "cluster/kubeadm_init.hpp"
#include "cluster/kubectl.hpp"
#include "cluster/pod_network.hpp"
#include "install/node_steps.hpp"
#include "upkeep/timers.hpp"

namespace bundle::install {
namespace {

steps::Step init_step(const cluster::ClusterFacts& facts, const Opened& opened) {
  steps::Step step{
      .id = "kubeadm-init", .title = "make the control plane", .hint = "crictl ps -a; journalctl -u kubelet"};
  prepare_kubeadm(step, opened);
  step.add(actions::write_file({.path = std::string(cluster::kKubeadmConfig),
                                .content = cluster::kubeadm_config(facts, opened.site, opened.node),
                                .mode = 0600}));
  step.add(cluster::kubeadm_init(std::string(cluster::kKubeadmConfig), opened.node.name,
                                 cluster::pod_network(opened.index())));
  return step;
}

}  // namespace

steps::Plan control_plane_steps(const cluster::ClusterFacts& facts, const Opened& opened) {
  steps::Plan plan = balancer_steps(facts, opened);
  plan.push_back(init_step(facts, opened));
  plan.push_back(kubelet_step(facts, opened, std::string(cluster::kAdminConf)));
  plan.push_back(kubeconfig_step());
  plan.push_back(labels_step(opened));
  plan.push_back(upkeep::certificates_step(opened.site));
  plan.push_back(upkeep::snapshots_step(opened.site));
  return plan;
}

}  // namespace bundle::install
