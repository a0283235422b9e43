#include "cluster/data_folders.hpp"

namespace bundle::cluster {

std::vector<std::string> kubelet_names() {
  return {"pods",
          "plugins",
          "plugins_registry",
          "plugin-containers",
          "pod-resources",
          "device-plugins",
          "checkpoints",
          "image_manager",
          "pki",
          "config.yaml",
          "*_state",
          "kubeadm-flags.env",
          "instance-config.yaml"};
}

std::vector<std::string> etcd_names() { return {"member", "restoring", "replaced-*"}; }

bool has_etcd_data(const host::Host& host) {
  return !host.list(std::string(kEtcdFolder) + "/member").empty();
}

std::vector<std::string> containerd_names() { return {"io.containerd.*", "tmpmounts"}; }

}  // namespace bundle::cluster
