#include "cluster/containerd_config.hpp"

#include "base/error.hpp"

namespace bundle::cluster {
namespace {

std::string containerd_runtimes(std::string_view plugin, const ClusterFacts& facts) {
  std::string text = fmt::format(
      "\n[plugins.'{0}'.containerd]\ndefault_runtime_name = "
      "\"{1}\"\n\n[plugins.'{0}'.containerd.runtimes.runc]\n"
      "runtime_type = "
      "\"io.containerd.runc.v2\"\n\n[plugins.'{0}'.containerd.runtimes.runc.options]\nSystemdCgroup = true\n",
      plugin, facts.has_nvidia_runtime ? "nvidia" : "runc");
  if (facts.has_nvidia_runtime) {
    text += fmt::format(
        "\n[plugins.'{0}'.containerd.runtimes.nvidia]\nruntime_type = \"io.containerd.runc.v2\"\n\n"
        "[plugins.'{0}'.containerd.runtimes.nvidia.options]\nBinaryName = "
        "\"/usr/bin/nvidia-container-runtime\"\n"
        "SystemdCgroup = true\n",
        plugin);
  }
  return text;
}

std::string containerd_1_config(const ClusterFacts& facts) {
  constexpr std::string_view kCri = "io.containerd.grpc.v1.cri";
  std::string text = fmt::format("\n[plugins.'{}']\nsandbox_image = \"{}\"\nenable_selinux = {}\n", kCri,
                                 facts.pause_image, facts.is_selinux_on);
  if (facts.has_nvidia_runtime) {
    text += "enable_cdi = true\ncdi_spec_dirs = [\"/etc/cdi\", \"/var/run/cdi\"]\n";
  }
  return text + containerd_runtimes(kCri, facts) +
         fmt::format("\n[plugins.'{}'.registry]\nconfig_path = \"/etc/containerd/certs.d\"\n", kCri);
}

std::string containerd_2_config(const ClusterFacts& facts) {
  constexpr std::string_view kImages = "io.containerd.cri.v1.images";
  constexpr std::string_view kRuntime = "io.containerd.cri.v1.runtime";
  return fmt::format("\n[plugins.'{}'.pinned_images]\nsandbox = \"{}\"\n", kImages, facts.pause_image) +
         fmt::format("\n[plugins.'{}'.registry]\nconfig_path = \"/etc/containerd/certs.d\"\n", kImages) +
         fmt::format("\n[plugins.'{}']\nenable_selinux = {}\n", kRuntime, facts.is_selinux_on) +
         containerd_runtimes(kRuntime, facts);
}

}  // namespace

std::string containerd_config(const ClusterFacts& facts, const spec::Site& site) {
  const bool is_1 = facts.containerd_version.starts_with("1.");
  return fmt::format(
             "# Made by bundle; change the site file and install again.\nversion = {}\nroot = \"{}\"\nstate "
             "= \"/run/containerd\"\n"
             "oom_score = -999\ndisabled_plugins = []\n",
             is_1 ? 2 : 3, site.containerd_root) +
         (is_1 ? containerd_1_config(facts) : containerd_2_config(facts));
}

}  // namespace bundle::cluster
