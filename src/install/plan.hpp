#pragma once

#include "install/opened.hpp"
#include "steps/step.hpp"

namespace bundle::install {

/// The ordered steps that make the first master of a cluster out of this host. `opened` must outlive the
/// plan. Reads the host (SELinux, name servers), changes nothing. Throws Error(usage) for roles that no step
/// is there for yet, Error(spec) for a values file of the site that cannot be read.
steps::Plan make_plan(const host::Host& host, const Opened& opened);

}  // namespace bundle::install
