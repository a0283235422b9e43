#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bundle {

/// How many bytes the code point at the beginning of `text` has; 0 where none begins: an empty text, or a
/// byte that UTF-8 does not have there. Source: RFC 3629 section 4 (no overlong forms, no surrogates).
std::size_t code_point_size(std::string_view text);
bool is_utf8(std::string_view text);
/// Editors on Windows put a mark before UTF-8, which is no part of the text.
std::string_view without_byte_order_mark(std::string_view text);
/// Every byte that belongs to no code point as `\xfc`: programs print file names and old encodings as they
/// find them, and JSON and terminals take UTF-8 alone.
std::string clean_utf8(std::string_view text);
/// The first, or last, `max_bytes` at most, without half a character where it was cut.
std::string_view first_bytes(std::string_view text, std::size_t max_bytes);
std::string_view last_bytes(std::string_view text, std::size_t max_bytes);

}  // namespace bundle
