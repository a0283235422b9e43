#include "install/control_plane_steps.hpp"

#include <algorithm>

#include "actions/command.hpp"
#include "actions/files.hpp"
#include "actions/folders.hpp"
#include "actions/selinux.hpp"
#include "actions/units.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/data_folders.hpp"
#include "cluster/kubeadm_config.hpp"
#include "cluster/kubeadm_init.hpp"
#include "cluster/kubectl.hpp"
#include "cluster/load_balancer.hpp"
#include "cluster/pod_network.hpp"

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
       .probe = {"timeout", "3", "bash", "-c", R"(exec 3<>"/dev/tcp/$1/$2")", "bash", vip, port},
       .timeout = std::chrono::seconds(60),
       .diagnosis = {},
       .hint = "journalctl -u keepalived -u haproxy; another host may use the same virtualRouterId"}));
  return step;
}

steps::Step init_step(const cluster::ClusterFacts& facts, const Opened& opened) {
  steps::Step step{
      .id = "kubeadm-init", .title = "make the control plane", .hint = "crictl ps -a; journalctl -u kubelet"};
  const spec::PodNetwork network = cluster::pod_network(opened.index());
  step.add(actions::own_folder(cluster::kEtcdFolder, cluster::etcd_names()));
  for (const std::string folder :
       {"/etc/cni/net.d", "/var/log/pods", "/var/log/containers", "/usr/libexec/kubernetes"}) {
    step.add(actions::own_folder(folder));
  }
  for (const std::string& folder : network.folders) {
    step.add(actions::own_folder(folder));
  }
  if (const std::string patch = cluster::kubelet_patch(facts); !patch.empty()) {
    step.add(actions::write_file({.path = std::string(cluster::kKubeletPatch), .content = patch}));
  }
  step.add(actions::write_file({.path = std::string(cluster::kKubeadmConfig),
                                .content = cluster::kubeadm_config(facts, opened.site, opened.node),
                                .mode = 0600}));
  step.add(cluster::kubeadm_init(std::string(cluster::kKubeadmConfig), opened.node.name, network));
  return step;
}

steps::Step labels_step(const cluster::ThisNode& node) {
  steps::Step step{.id = "labels", .title = "label the node"};
  for (const auto& [key, value] : node.labels) {
    const std::string pair = key + "=" + value;
    step.add(actions::run_command(
        {.key = "label " + key,
         .argv = cluster::kubectl({"label", "--overwrite", "--", "node", node.name, pair}),
         .is_done =
             [pair, own = "node/" + node.name](const host::Host& host) {
               const CommandResult shown =
                   host.ask(cluster::kubectl({"get", "node", "-l", pair, "-o", "name"}));
               const std::vector<std::string_view> names = split_words(shown.out);
               return std::find(names.begin(), names.end(), own) != names.end();
             },
         .undo = {}}));
  }
  return step;
}

}  // namespace

steps::Plan control_plane_steps(const cluster::ClusterFacts& facts, const Opened& opened) {
  steps::Plan plan;
  if (opened.node.lb && opened.site.vip) {
    plan.push_back(haproxy_step(facts, opened));
    plan.push_back(keepalived_step(facts, opened));
  }
  plan.push_back(init_step(facts, opened));
  steps::Step& kubeconfig =
      plan.emplace_back(steps::Step{.id = "kubeconfig", .title = "let root use kubectl"});
  kubeconfig.add(actions::copy_file(std::string(cluster::kAdminConf), "/root/.kube/config", 0600));
  kubeconfig.add(actions::own_folder("/root/.kube/cache"));
  if (!opened.node.labels.empty()) {
    plan.push_back(labels_step(opened.node));
  }
  return plan;
}

}  // namespace bundle::install
