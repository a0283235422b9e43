#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "serve/http.hpp"

namespace bundle::serve {

/// A Range that no byte of the content answers: 416.
struct Unsatisfiable {
  bool operator==(const Unsatisfiable&) const = default;
};

/// What of a content is to be sent: all of it (monostate), a stretch, or nothing of it.
using Selection = std::variant<std::monostate, Slice, Unsatisfiable>;

/// Reads a Range header. One range is taken; several, other units and what is malformed are passed over, as
/// a server may. Numbers of any length count. Source: RFC 9110 section 14.
Selection parse_range(std::string_view range, std::uint64_t size_bytes);

/// What a GET for a content with this strong ETag selects: Range, unless If-Range names another one.
Selection select_range(const Request& request, const std::string& etag, std::uint64_t size_bytes);

/// 304 or 412 where If-None-Match or If-Match say so. Source: RFC 9110 section 13.2.2.
std::optional<unsigned> status_by_conditions(const Request& request, const std::string& etag);

}  // namespace bundle::serve
