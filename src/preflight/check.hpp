#pragma once

#include <string>
#include <string_view>

namespace bundle::preflight {

enum class Severity { error, warning };
std::string_view to_string(Severity severity);

/// One thing that stands in the way, and what to type against it.
struct Check {
  std::string id;  ///< `no-default-route`
  Severity severity = Severity::error;
  std::string seen;  ///< what is wrong, with what was expected
  std::string fix;   ///< a command, or what to do
  bool operator==(const Check&) const = default;
};

}  // namespace bundle::preflight
