#pragma once

#include <string>
#include <vector>

#include "format/index.hpp"
#include "install/node.hpp"
#include "spec/site.hpp"

namespace bundle::install {

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

/// /etc/containerd/config.toml for containerd 1.x (version = 2) or 2.x (version = 3): one whole file, since
/// drop-ins replace whole sections before 2.1.
/// Source: containerd docs/cri/config.md at v1.7.28 and v2.1.5.
std::string containerd_config(const ClusterFacts& facts, const spec::Site& site);

/// Of kubeadm.k8s.io/v1beta4: InitConfiguration, ClusterConfiguration, KubeletConfiguration.
std::string kubeadm_config(const ClusterFacts& facts, const spec::Site& site, const ThisNode& node);

/// /etc/hosts: all nodes of the site, and this one.
std::string hosts_block(const spec::Site& site, const ThisNode& node);

/// chrony.conf: the site's servers; without any the first master's own clock for all others.
std::string chrony_config(const spec::Site& site, const ThisNode& node);

/// haproxy.cfg before all masters, for 1.8 and 2.x; keepalived.conf and its check script for this node.
std::string haproxy_config(const spec::Site& site, const ThisNode& node);
std::string keepalived_config(const spec::Site& site, const ThisNode& node);
std::string keepalived_check(const spec::Site& site, const ThisNode& node);
constexpr std::string_view kKeepalivedCheckPath = "/usr/libexec/keepalived/check_apiserver.sh";

}  // namespace bundle::install
