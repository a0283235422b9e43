#pragma once

#include "cluster/cluster_facts.hpp"
#include "install/opened.hpp"
#include "steps/step.hpp"

namespace bundle::install {

/// What makes a cluster on its first master: the load balancer, where this node is one, `kubeadm init`,
/// root's kubeconfig, the node's labels. `opened` must outlive the steps.
steps::Plan control_plane_steps(const cluster::ClusterFacts& facts, const Opened& opened);

}  // namespace bundle::install
