#pragma once

#include <string>

#include "format/index.hpp"

namespace bundle::cluster {

/// What the configuration files are made from; pure data.
struct ClusterFacts {
  std::string kubernetes_version;  ///< v1.34.3
  std::string containerd_version;  ///< 1.7.28
  std::string pause_image;         ///< as in the bundle
  bool has_name_server = true;     ///< the host's resolv.conf names one that is not itself
  bool has_nvidia_runtime = false;
  bool is_selinux_on = false;
};

/// Versions and images that the bundle pins. Throws Error(integrity) for a bundle without Kubernetes, a
/// runtime or its pause image.
ClusterFacts cluster_facts(const format::Index& index);

}  // namespace bundle::cluster
