#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/cluster_facts.hpp"
#include "cluster/node.hpp"
#include "spec/site.hpp"

namespace bundle::cluster {

constexpr std::string_view kKubeadmApi = "kubeadm.k8s.io/v1beta4";
constexpr std::string_view kKubeadmConfig = "/var/lib/bundle/kubeadm.yaml";

/// Stands in for the host's resolv.conf where that names no server that pods can reach.
constexpr std::string_view kResolvConf = "/etc/kubernetes/resolv.conf";

/// Of kubeadm.k8s.io/v1beta4: InitConfiguration, ClusterConfiguration, KubeletConfiguration; JSON, which is
/// YAML. The last two are the whole cluster's and hold nothing of one host. Source:
/// https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/
std::string kubeadm_config(const ClusterFacts& facts, const spec::Site& site, const ThisNode& node);

/// What a host needs to join, from a join file and, for masters, its key.
struct JoinSecrets {
  std::string endpoint;
  std::vector<std::string> ca_pins;
  std::string token;
  std::string certificate_key;  ///< empty but for masters
};

/// JoinConfiguration of the same; a secret.
std::string join_config(const ClusterFacts& facts, const ThisNode& node, const JoinSecrets& secrets);

/// What this host alone has otherwise in its KubeletConfiguration: a patch that kubeadm finds under
/// kKubeletPatch. Empty: nothing.
std::string kubelet_patch(const ClusterFacts& facts);
constexpr std::string_view kPatchesFolder = "/var/lib/bundle/patches";
constexpr std::string_view kKubeletPatch = "/var/lib/bundle/patches/kubeletconfiguration+merge.json";

}  // namespace bundle::cluster
