#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bundle {

/// Standard alphabet with padding. Source: RFC 4648 section 4.
std::string base64_encode(std::string_view bytes);
/// Padding may be left out, and line ends are passed over, as in the config files that docker reads; nothing
/// when malformed.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace bundle
