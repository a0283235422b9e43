#pragma once

#include "install/opened.hpp"
#include "steps/step.hpp"

namespace bundle::install {

/// Whether this host brings components into the cluster: the one that makes it, and later the first master of
/// the site file, also where it has come anew in the place of one that is gone.
bool applies_components(const Opened& opened);

/// The ordered steps that make of this host what the site says. `opened` must outlive the plan. Reads the
/// host (SELinux, name servers), changes nothing. Throws Error(usage) for roles that no step is there for
/// yet, Error(spec) for a values file of the site that cannot be read.
steps::Plan make_plan(const host::Host& host, const Opened& opened);

}  // namespace bundle::install
