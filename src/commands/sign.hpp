#pragma once

#include <string>

#include "commands/session.hpp"

// Keys, and signatures that are made with them.
namespace bundle::commands {

struct KeygenOptions {
  std::string name;  ///< path without ending: NAME.key and NAME.pub are made
  bool without_passphrase = false;
};

/// `bundle keygen`: a new key pair. Never overwrites; says the KEYID. Both files or, when
/// it fails, none.
void keygen(Session& session, const KeygenOptions& options);

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
