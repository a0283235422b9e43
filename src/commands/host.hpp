#pragma once

#include <filesystem>

#include "commands/session.hpp"
#include "host/host.hpp"

namespace bundle::commands {

/// The machine that this program runs on.
host::Host this_host(Session& session);

}  // namespace bundle::commands
