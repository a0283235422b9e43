#pragma once

#include "cluster/node.hpp"
#include "format/parts.hpp"
#include "format/verified_index.hpp"
#include "steps/step.hpp"

namespace bundle::install {

struct PlanInput {
  const format::VerifiedIndex& bundle;
  const format::PartSet& parts;
  const spec::Site& site;
  const cluster::ThisNode& node;
};

/// The ordered steps that make the first master of a cluster out of this host. Everything in `input` must
/// outlive the plan. Reads the host (SELinux, name servers), changes nothing.
/// Throws Error(usage) for roles that no step is there for yet, Error(spec) for a values file of the site
/// that cannot be read.
steps::Plan make_plan(const host::Host& host, const PlanInput& input);

}  // namespace bundle::install
