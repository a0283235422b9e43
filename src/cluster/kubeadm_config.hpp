#pragma once

#include <string>
#include <string_view>

#include "cluster/cluster_facts.hpp"
#include "cluster/node.hpp"
#include "spec/site.hpp"

namespace bundle::cluster {

/// Stands in for the host's resolv.conf where that names no server that pods can reach.
constexpr std::string_view kResolvConf = "/etc/kubernetes/resolv.conf";

/// Of kubeadm.k8s.io/v1beta4: InitConfiguration, ClusterConfiguration, KubeletConfiguration.
std::string kubeadm_config(const ClusterFacts& facts, const spec::Site& site, const ThisNode& node);

}  // namespace bundle::cluster
