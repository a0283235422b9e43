#pragma once

#include <string>
#include <vector>

#include "format/verified_index.hpp"

namespace bundle::commands {

/// What a person trusts: the options of every verb that verifies.
struct TrustOptions {
  std::vector<std::string> keys;
  std::string expect;  ///< SHA-256 of the index, 64 hex digits, `sha256:` before it allowed
  std::string root = "/";
};

/// Loads the keys (of the options and of the host). Throws Error(usage) for a malformed digest or key.
format::Trust load_trust(const TrustOptions& options);

}  // namespace bundle::commands
