#pragma once

#include "cluster/cluster_facts.hpp"
#include "install/opened.hpp"
#include "steps/step.hpp"

namespace bundle::install {

/// What runs containers on every node: containerd, the images of its roles, the kubelet's unit. `opened` must
/// outlive the steps.
steps::Plan runtime_steps(const cluster::ClusterFacts& facts, const Opened& opened);

}  // namespace bundle::install
