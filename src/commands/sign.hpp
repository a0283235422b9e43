#pragma once

#include <string>

#include "commands/session.hpp"

namespace bundle::commands {

struct SignOptions {
  std::string folder;  ///< of a bundle, or a site file
  std::string key;     ///< private key; with `attach` the public one
  std::string attach;  ///< a signature made elsewhere, of one of the files that are signed; empty: sign here
};

/// `bundle sign`: adds KEYID signatures of index and installer, or one that was made elsewhere. Checks first
/// that the index is well formed and names this very installer. A site file is read and checked, and signed
/// together with the values files that it names.
void sign(Session& session, const SignOptions& options);

}  // namespace bundle::commands
