#include "install/node_steps.hpp"

#include "actions/command.hpp"
#include "actions/files.hpp"
#include "actions/folders.hpp"
#include "actions/selinux.hpp"
#include "actions/units.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/data_folders.hpp"
#include "cluster/health.hpp"
#include "cluster/kubeadm_config.hpp"
#include "cluster/kubectl.hpp"
#include "cluster/load_balancer.hpp"
#include "cluster/pod_network.hpp"
#include "host/sockets.hpp"
#include "nodes/kubelet_config.hpp"
#include "nodes/mark_nodes.hpp"

namespace bundle::install {
namespace {

/// A switch of SELinux that a daemon needs to reach the API servers.
void add_boolean(steps::Step& step, const cluster::ClusterFacts& facts, const std::string& name) {
  if (facts.is_selinux_on) {
    step.add(actions::set_boolean(name));
  }
}

steps::Step haproxy_step(const cluster::ClusterFacts& facts, const Opened& opened) {
  steps::Step step{
      .id = "haproxy", .title = "balance the API servers", .hint = "haproxy -c -f /etc/haproxy/haproxy.cfg"};
  step.add(actions::write_file({.path = std::string(cluster::kHaproxyConfig),
                                .content = cluster::haproxy_config(opened.site, opened.node)}));
  add_boolean(step, facts, "haproxy_connect_any");
  step.add(actions::set_unit("haproxy.service", actions::UnitState::enabled,
                             std::string(cluster::kHaproxyConfig)));
  return step;
}

steps::Step keepalived_step(const cluster::ClusterFacts& facts, const Opened& opened) {
  const std::string& vip = opened.site.vip->address;
  const std::string port = cluster::endpoint_port(opened.site, opened.node);
  steps::Step step{.id = "keepalived",
                   .title = "hold the virtual address",
                   .hint = "keepalived -t -f /etc/keepalived/keepalived.conf"};
  step.add(actions::write_file({.path = std::string(cluster::kKeepalivedCheckPath),
                                .content = cluster::keepalived_check(opened.site, opened.node),
                                .mode = 0755}));
  step.add(actions::write_file({.path = std::string(cluster::kKeepalivedConfig),
                                .content = cluster::keepalived_config(opened.site, opened.node),
                                .mode = 0640}));
  add_boolean(step, facts, "keepalived_connect_any");
  step.add(actions::set_unit("keepalived.service", actions::UnitState::enabled,
                             std::string(cluster::kKeepalivedConfig)));
  // Whichever balancer of the site holds it: this host need not.
  step.add(actions::wait_for(
      {.words = fmt::format("somebody answers at {}:{}", vip, port),
       .probe = host::connect_command(vip, port),
       .timeout = std::chrono::seconds(60),
       .diagnosis = {},
       .hint = "journalctl -u keepalived -u haproxy; another host may use the same virtualRouterId"}));
  return step;
}

}  // namespace

steps::Plan balancer_steps(const cluster::ClusterFacts& facts, const Opened& opened) {
  steps::Plan plan;
  if (opened.node.lb && opened.site.vip) {
    plan.push_back(haproxy_step(facts, opened));
    plan.push_back(keepalived_step(facts, opened));
  }
  return plan;
}

void prepare_kubeadm(steps::Step& step, const Opened& opened) {
  if (opened.node.roles.contains("master")) {
    step.add(actions::own_folder(cluster::kEtcdFolder, cluster::etcd_names()));
  }
  for (const std::string folder :
       {"/etc/cni/net.d", "/var/log/pods", "/var/log/containers", "/usr/libexec/kubernetes"}) {
    step.add(actions::own_folder(folder));
  }
  for (const std::string& folder : cluster::pod_network(opened.index()).folders) {
    step.add(actions::own_folder(folder));
  }
}

steps::Step kubelet_step(const cluster::ClusterFacts& facts, const Opened& opened,
                         const std::string& kubeconfig) {
  steps::Step step{.id = "kubelet-config", .title = "configure the kubelet", .hint = "journalctl -u kubelet"};
  step.add(nodes::kubelet_config(cluster::kubelet_patch(facts, opened.node), kubeconfig));
  step.add(
      actions::set_unit("kubelet.service", actions::UnitState::enabled, std::string(nodes::kKubeletConfig)));
  return step;
}

steps::Step kubeconfig_step() {
  steps::Step kubeconfig{.id = "kubeconfig", .title = "let root use kubectl"};
  kubeconfig.add(actions::copy_file(std::string(cluster::kAdminConf), "/root/.kube/config", 0600));
  kubeconfig.add(actions::own_folder("/root/.kube/cache"));
  return kubeconfig;
}

steps::Step labels_step(const Opened& opened) {
  steps::Step step{.id = "labels", .title = "set labels and taints"};
  const bool is_master = opened.node.roles.contains("master");
  step.add(is_master ? nodes::mark_nodes(nodes::marks_of(opened.site, opened.node),
                                         std::string(cluster::kAdminConf), nodes::Rights::administrator)
                     : nodes::mark_nodes({nodes::marks_of(opened.node)}, std::string(cluster::kKubeletConf),
                                         nodes::Rights::kubelet));
  return step;
}

steps::Step ready_step(const cluster::ThisNode& node) {
  const std::string kubeconfig(node.roles.contains("master") ? cluster::kAdminConf : cluster::kKubeletConf);
  steps::Step step{.id = "healthy", .title = "wait for the node", .hint = "journalctl -u kubelet"};
  step.add(actions::wait_for(is_ready(node.name, kubeconfig)));
  return step;
}

actions::Condition is_ready(const std::string& node, const std::string& kubeconfig) {
  return {.words = fmt::format("the node {} is Ready", node),
          .probe = cluster::kubectl_with(
              kubeconfig, {"wait", "--for=condition=Ready", "--timeout=3s", "--", "node/" + node}),
          .timeout = std::chrono::minutes(5),
          .diagnosis = cluster::unhealthy_pods,
          .hint = "kubectl describe node " + node};
}

}  // namespace bundle::install
