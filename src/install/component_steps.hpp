#pragma once

#include "install/opened.hpp"
#include "steps/step.hpp"

namespace bundle::install {

/// A step for each component that has manifests or charts, the pod network first, then each after those that
/// it needs; then one for the charts of versions.yml itself, and one that waits until the node is Ready and
/// Kubernetes' own components are well.
/// The network 10.244.0.0/16 in a manifest stands for the site's pod network: where that is another one, a
/// copy with it is applied. Throws Error(spec) for a values file of the site that cannot be read.
steps::Plan component_steps(const Opened& opened);

}  // namespace bundle::install
