#pragma once

#include <optional>
#include <string>

#include "host/host.hpp"

namespace bundle::host {

/// The SHA-256 of a regular file of any size; nothing where there is none, or something else (a link, a
/// folder). Advances `host.progress`. Throws Error(interrupted) when a stop was asked for.
std::optional<std::string> digest_of(const Host& host, const std::string& path);

}  // namespace bundle::host
