#pragma once

#include <string>
#include <vector>

#include "commands/session.hpp"
#include "commands/trust_options.hpp"

namespace bundle::commands {

struct InstallOptions {
  std::vector<std::string> folders;  ///< parts may lie in several of them
  std::string roles;                 ///< as typed, `master,gpu`; may be empty with a site file
  std::string site;                  ///< site.yml, may be empty
  std::string join;                  ///< join.yml, of a further node
  std::string join_key;              ///< JOIN.key, of a further master
  std::string passphrase_file;       ///< of JOIN.key, `-` for stdin; empty: asked for
  TrustOptions trust;
  bool verify_first = false;
  bool dry_run = false;
  bool allow_downgrade = false;
  bool allow_base_changes = false;
  bool allow_no_gpu = false;
};

/// `bundle preflight`: signatures, index, parts, tar headers, then all that stands in the way on this host.
/// Changes nothing. Throws Error(preflight) after showing every finding, when one is an error.
void preflight(Session& session, const InstallOptions& options);

/// `bundle install`: preflight, plan, journalled execution. With dry_run the plan is printed instead.
void install(Session& session, const InstallOptions& options);

}  // namespace bundle::commands
