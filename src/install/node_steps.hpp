#pragma once

#include <string>

#include "actions/command.hpp"
#include "cluster/cluster_facts.hpp"
#include "install/opened.hpp"
#include "steps/step.hpp"

// Steps that the first master and the nodes that join it have in common.
namespace bundle::install {

/// haproxy and keepalived, where this node is a balancer of a virtual address; else none.
steps::Plan balancer_steps(const cluster::ClusterFacts& facts, const Opened& opened);

/// Folders that kubeadm and what it starts need or make, before kubeadm itself.
void prepare_kubeadm(steps::Step& step, const Opened& opened);

/// Tells the kubelet of a node that is in the cluster what has changed of its answers since.
steps::Step kubelet_step(const cluster::ClusterFacts& facts, const Opened& opened,
                         const std::string& kubeconfig);

/// root's kubeconfig on a master.
steps::Step kubeconfig_step();

/// Labels and taints of the site file: on a master those of all nodes, else of this one.
steps::Step labels_step(const Opened& opened);

/// Waits until the node is Ready.
steps::Step ready_step(const cluster::ThisNode& node);
actions::Condition is_ready(const std::string& node, const std::string& kubeconfig);

}  // namespace bundle::install
