#pragma once

#include <string>

#include "commands/session.hpp"

namespace bundle::commands {

/// `bundle status`: what the journal of this host says of each step.
void status(Session& session);

struct UndoOptions {
  std::string step;  ///< empty: `all` must be set
  bool all = false;
  bool force = false;  ///< the step although others build on it; a master whatever becomes of its cluster
};

/// `bundle undo STEP|--all`: takes back one step, or all in reverse order, and then what was unpacked. A node
/// leaves its cluster before; throws Error(preflight) where that would harm the cluster.
void undo(Session& session, const UndoOptions& options);

}  // namespace bundle::commands
