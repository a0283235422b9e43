#pragma once

#include "cluster/cluster_facts.hpp"
#include "install/opened.hpp"
#include "steps/step.hpp"

namespace bundle::install {

/// What makes this host a further node of a cluster: the load balancer, where it is one, `kubeadm join`,
/// root's kubeconfig on a master, the node's labels, and the wait until it is Ready. `opened` must outlive
/// the steps.
steps::Plan join_steps(const cluster::ClusterFacts& facts, const Opened& opened);

}  // namespace bundle::install
