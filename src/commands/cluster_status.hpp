#pragma once

#include "commands/session.hpp"

namespace bundle::commands {

/// `bundle status --cluster`: the whole cluster as one of its masters sees it. Throws Error(step) after
/// printing when something is wrong, Error(preflight) on a host that is no master.
void cluster_status(Session& session);

}  // namespace bundle::commands
