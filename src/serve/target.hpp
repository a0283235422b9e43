#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::serve {

/// Where a request goes, unescaped.
struct Target {
  std::vector<std::string> segments;  ///< of the path; the last one is empty behind a final `/`
  std::map<std::string, std::string> query;

  /// The segments from `first` on, joined again.
  std::string path(std::size_t first = 0) const;
  /// The value of a parameter of the query, or nothing to read.
  std::string_view parameter(const std::string& name) const;
};

/// Takes a target apart. Throws Error(usage), in words, for one that is no plain path: `.` and `..`, empty
/// segments, an escaped slash, a backslash, what is not printable ASCII, a broken escape, a parameter that is
/// there twice. Source: RFC 9112 section 3.2, RFC 3986.
Target parse_target(std::string_view target);

}  // namespace bundle::serve
