#pragma once

#include <string>
#include <vector>

#include "commands/session.hpp"
#include "commands/trust_options.hpp"

namespace bundle::commands {

struct VerifyOptions {
  std::vector<std::string> folders;
  TrustOptions trust;
};

/// `bundle verify`: index, installer, every part, every entry. Throws Error(integrity) after naming each
/// fault.
void verify(Session& session, const VerifyOptions& options);

}  // namespace bundle::commands
