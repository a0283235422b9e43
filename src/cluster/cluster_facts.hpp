#pragma once

#include <string>

#include "cluster/opened.hpp"
#include "host/facts.hpp"
#include "host/host.hpp"

namespace bundle::cluster {

/// What the configuration files are made from; pure data.
struct ClusterFacts {
  std::string kubernetes_version;                            ///< v1.34.3
  std::string containerd_version;                            ///< 1.7.28
  std::string pause_image;                                   ///< as in the bundle
  std::string resolv_conf = std::string(host::kResolvConf);  ///< host::resolver_file
  bool has_resolved = false;  ///< there is systemd-resolved's file, which kubeadm takes before the other
  bool has_nvidia_runtime = false;
  bool is_selinux_on = false;
};

/// Of the bundle's pins, this node's role and what the host shows; reads only. Throws Error(integrity) for a
/// bundle without Kubernetes, a runtime or its pause image.
ClusterFacts cluster_facts(const host::Host& host, const format::Index& index, const ThisNode& node);

}  // namespace bundle::cluster
