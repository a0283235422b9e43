#pragma once

#include <string>

#include "commands/session.hpp"

namespace bundle::commands {

/// `bundle forget NODE`: leaving::forget, and what it has done.
void forget(Session& session, const std::string& node);

}  // namespace bundle::commands
