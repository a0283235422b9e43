#pragma once

#include <string>

#include "cluster/opened.hpp"
#include "host/host.hpp"

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

/// Of the bundle's pins, this node's role and what the host shows; reads only. Throws Error(integrity) for a
/// bundle without Kubernetes, a runtime or its pause image.
ClusterFacts cluster_facts(const host::Host& host, const Opened& opened);

}  // namespace bundle::cluster
