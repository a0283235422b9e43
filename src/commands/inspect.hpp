#pragma once

#include <string>

#include "commands/session.hpp"

namespace bundle::commands {

/// `bundle inspect`: what the index says is inside. Needs no key and verifies nothing, and says so.
void inspect(Session& session, const std::string& folder);

}  // namespace bundle::commands
