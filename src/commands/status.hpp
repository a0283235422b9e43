#pragma once

#include <string>

#include "commands/session.hpp"

namespace bundle::commands {

/// `bundle status`: what the journal of this host says of each step.
void status(Session& session);

struct UndoOptions {
  std::string step;  ///< empty: `all` must be set
  bool all = false;
  bool force = false;  ///< the step although others build on it
};

/// `bundle undo STEP|--all`: takes back one step, or all in reverse order, and then what was unpacked.
void undo(Session& session, const UndoOptions& options);

}  // namespace bundle::commands
