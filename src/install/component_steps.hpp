#pragma once

#include "cluster/room.hpp"
#include "install/opened.hpp"
#include "steps/step.hpp"

namespace bundle::install {

/// A step for each component that has manifests or charts, the pod network first, then each after those that
/// it needs; then one for the charts of versions.yml itself, and one that waits until the node is Ready and
/// Kubernetes' own components are well.
/// Where a component says which text in its manifests stands for the pod network, and the site has another
/// one, a copy with that is applied. What finds no room yet is applied without waiting for its health, and
/// its charts are left for a later run (cluster::pending_charts). Throws Error(spec) for a values file of the
/// site that cannot be read.
steps::Plan component_steps(const Opened& opened, const cluster::Room& room);

}  // namespace bundle::install
