#pragma once

#include <string>

#include "commands/session.hpp"

namespace bundle::commands {

struct SignOptions {
  std::string folder;
  std::string key;     ///< private key; with `attach` the public one
  std::string attach;  ///< a signature made elsewhere, of bundle.json or of `bundle`; empty: sign here
};

/// `bundle sign`: adds KEYID signatures of index and installer, or one that was made elsewhere. Checks first
/// that the index is well formed and names this very installer.
void sign(Session& session, const SignOptions& options);

}  // namespace bundle::commands
