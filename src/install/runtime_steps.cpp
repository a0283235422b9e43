#include "install/runtime_steps.hpp"

#include <set>

#include "actions/command.hpp"
#include "actions/files.hpp"
#include "actions/folders.hpp"
#include "actions/keep.hpp"
#include "actions/units.hpp"
#include "base/error.hpp"
#include "cluster/containerd_config.hpp"
#include "cluster/data_folders.hpp"
#include "cluster/kubeadm_config.hpp"
#include "deliver/import_images.hpp"
#include "format/index.hpp"
#include "install/site_file.hpp"
#include "spec/reference.hpp"

namespace bundle::install {
namespace {

/// At each boot, before containerd starts. No pod's network outlives a boot; a record of it that a power cut
/// has emptied keeps its sandbox from being removed, and the pod Unknown, for ever.
/// Source: libcni's and host-local's default folders, flannel's and multus' data folders; containerd issue
/// 8197.
constexpr std::string_view kForgetPodNetworks =
    "R! /var/lib/cni/results\nR! /var/lib/cni/networks\nR! /var/lib/cni/flannel\nR! /var/lib/cni/multus\n";

/// For each registry from which images of the bundle come.
void add_mirror(steps::Step& step, const Opened& opened, const site::RegistryMirror& mirror) {
  std::set<std::string> hosts;
  for (const format::Image& image : opened.index().images) {
    hosts.insert(spec::reference(image.ref).host);
  }
  if (!mirror.ca.empty()) {
    step.add(actions::write_file(
        {.path = std::string(cluster::kMirrorCa), .content = named_content(opened.site, mirror.ca)}));
  }
  for (const std::string& host : hosts) {
    step.add(actions::write_file(
        {.path = cluster::mirror_path(host), .content = cluster::mirror_hosts(mirror, host)}));
  }
}

steps::Step containerd_step(const cluster::ClusterFacts& facts, const Opened& opened) {
  steps::Step step{.id = "containerd",
                   .title = "start containerd",
                   .hint = "containerd --config /etc/containerd/config.toml config dump"};
  step.add(actions::own_folder(opened.site.containerd_root, cluster::containerd_names()));
  step.add(actions::write_file({.path = std::string(cluster::kContainerdConfig),
                                .content = cluster::containerd_config(facts, opened.site)}));
  step.add(actions::write_file(
      {.path = "/etc/crictl.yaml",
       .content = fmt::format("runtime-endpoint: {0}\nimage-endpoint: {0}\n", cluster::kCriSocket)}));
  step.add(actions::write_file(
      {.path = "/etc/tmpfiles.d/bundle-cni.conf", .content = std::string(kForgetPodNetworks)}));
  if (opened.site.mirror) {
    add_mirror(step, opened, *opened.site.mirror);
  }
  step.add(actions::set_unit("containerd.service", actions::UnitState::enabled,
                             std::string(cluster::kContainerdConfig)));
  step.add(actions::wait_for({.words = "containerd answers",
                              .probe = {"ctr", "version"},
                              .timeout = std::chrono::seconds(60),
                              .diagnosis = {},
                              .hint = "journalctl -u containerd"}));
  return step;
}

}  // namespace

steps::Plan runtime_steps(const cluster::ClusterFacts& facts, const Opened& opened) {
  steps::Plan plan;
  plan.push_back(containerd_step(facts, opened));
  steps::Step& images = plan.emplace_back(
      steps::Step{.id = "images", .title = "import images", .hint = std::string(kMediaHint)});
  images.add(deliver::import_images(opened.verified, opened.parts, opened.node.roles));
  steps::Step& kubelet = plan.emplace_back(steps::Step{.id = "kubelet", .title = "enable the kubelet"});
  if (!facts.resolv_conf.empty()) {
    kubelet.add(actions::keep(facts.resolv_conf, "pods ask the name servers that this host asks"));
  } else {
    // Without any name server CoreDNS does not start; this one only refuses, at once.
    kubelet.add(actions::write_file({.path = std::string(cluster::kResolvConf),
                                     .content = fmt::format("nameserver {}\n", opened.node.address)}));
  }
  kubelet.add(actions::write_file(
      {.path = std::string(cluster::kKubeletPatch), .content = cluster::kubelet_patch(facts, opened.node)}));
  kubelet.add(actions::enable_unit("kubelet.service"));
  return plan;
}

}  // namespace bundle::install
