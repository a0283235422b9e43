#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/index.hpp"

namespace bundle::commands {

/// `NAME VERSION for TARGET ARCH, made CREATED` and a newline.
std::string headline(const format::Index& index);

/// Bytes of all entries together.
std::uint64_t payload_bytes(const format::Index& index);

/// Rows as columns two blanks apart, the last one ragged; numbers are the caller's to align.
std::string columns(const std::vector<std::vector<std::string>>& rows);

}  // namespace bundle::commands
