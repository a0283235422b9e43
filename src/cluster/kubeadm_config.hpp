#pragma once

#include <string>
#include <string_view>

#include "cluster/cluster_facts.hpp"
#include "cluster/node.hpp"
#include "site/site.hpp"
#include "spec/join.hpp"

namespace bundle::cluster {

constexpr std::string_view kKubeadmApi = "kubeadm.k8s.io/v1beta4";
constexpr std::string_view kKubeadmConfig = "/var/lib/bundle/kubeadm.yaml";

/// Stands in for the host's resolv.conf where that names no server that pods can reach.
constexpr std::string_view kResolvConf = "/etc/kubernetes/resolv.conf";

/// Of kubeadm.k8s.io/v1beta4: InitConfiguration, ClusterConfiguration, KubeletConfiguration; JSON, which is
/// YAML. The last two are the whole cluster's and hold nothing of one host. Source:
/// https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/
std::string kubeadm_config(const ClusterFacts& facts, const site::Site& site, const ThisNode& node);

/// JoinConfiguration of the same, by endpoint, pins and token of a join file; a secret. `certificate_key`:
/// of masters.
std::string join_config(const ThisNode& node, const spec::Join& join, const std::string& certificate_key);

/// `evictionHard` of every node that has no other answer.
json::Object eviction_defaults();

/// What this host has otherwise in its KubeletConfiguration: a patch that kubeadm finds under kKubeletPatch.
std::string kubelet_patch(const ClusterFacts& facts, const ThisNode& node);
constexpr std::string_view kPatchesFolder = "/var/lib/bundle/patches";
constexpr std::string_view kKubeletPatch = "/var/lib/bundle/patches/kubeletconfiguration+merge.json";

}  // namespace bundle::cluster
