#pragma once

#include <filesystem>

#include "commands/session.hpp"
#include "install/host.hpp"

namespace bundle::commands {

/// The machine that this program runs on.
install::Host this_host(Session& session);

std::filesystem::path journal_path(const install::Host& host);

}  // namespace bundle::commands
