#pragma once

#include "site/site.hpp"
#include "steps/step.hpp"

namespace bundle::upkeep {

/// The step that has a master renew its certificates: a timer of systemd that runs `bundle
/// renew-certificates` once a day. Where the site wants none, a timer that is there is turned off.
steps::Step certificates_step(const site::Site& site);

/// The step that has a master take a snapshot of etcd every night, in the same way.
steps::Step snapshots_step(const site::Site& site);

}  // namespace bundle::upkeep
