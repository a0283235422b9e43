#pragma once

#include <string>

#include "commands/session.hpp"

namespace bundle::commands {

struct KeygenOptions {
  std::string name;  ///< path without ending: NAME.key and NAME.pub are made
  bool without_passphrase = false;
};

/// `bundle keygen`: a new key pair. Never overwrites; says the KEYID. Both files or, when
/// it fails, none.
void keygen(Session& session, const KeygenOptions& options);

}  // namespace bundle::commands
