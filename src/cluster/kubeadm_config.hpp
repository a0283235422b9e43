#pragma once

#include <string>

#include "cluster/cluster_facts.hpp"
#include "cluster/node.hpp"
#include "spec/site.hpp"

namespace bundle::cluster {

/// Of kubeadm.k8s.io/v1beta4: InitConfiguration, ClusterConfiguration, KubeletConfiguration.
std::string kubeadm_config(const ClusterFacts& facts, const spec::Site& site, const ThisNode& node);

}  // namespace bundle::cluster
