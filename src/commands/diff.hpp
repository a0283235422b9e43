#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands/session.hpp"
#include "format/index.hpp"

namespace bundle::commands {

/// One thing that is in one bundle only, or differs between the two.
struct Difference {
  std::string kind;                   ///< component, image, rpm, chart, manifest, file
  std::string name;                   ///< without its version
  std::optional<std::string> before;  ///< its version or digest; nothing when added
  std::optional<std::string> after;   ///< nothing when removed
  std::uint64_t size_before = 0;
  std::uint64_t size_after = 0;
  bool operator==(const Difference&) const = default;
};

/// Sorted by kind and name. Only what the indexes say counts.
std::vector<Difference> differences(const format::Index& before, const format::Index& after);

/// `bundle diff A B`. Verifies nothing, and says so.
void diff(Session& session, const std::string& before, const std::string& after);

}  // namespace bundle::commands
