#pragma once

#include <string>
#include <vector>

#include "commands/session.hpp"

namespace bundle::commands {

struct SmokeOptions {
  std::vector<std::string> components;  ///< none: all that have a test
  unsigned patience_s = 300;            ///< for each
};

/// Runs the smoke tests of the installed components, one after the other, on a master. Throws Error(step)
/// when one fails, Error(usage) for a component that the bundle or a test does not have.
void smoke(Session& session, const SmokeOptions& options);

}  // namespace bundle::commands
