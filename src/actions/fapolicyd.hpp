#pragma once

#include <memory>
#include <string>
#include <vector>

#include "steps/action.hpp"

namespace bundle::actions {

/// What fapolicyd, which lets programs of packages run and no others, is to let run beside them.
struct AllowedPrograms {
  std::vector<std::string> folders;  ///< absolute
  std::vector<std::string> files;    ///< absolute
};

/// Where fapolicyd (1.1 and later) takes its rules from, and whether it runs and does so.
constexpr std::string_view kFapolicydRules = "/etc/fapolicyd/rules.d";
bool has_fapolicyd(const host::Host& host);

/// A file of rules for these in kFapolicydRules, before those that deny; the daemon is restarted, which also
/// has it read the rpmdb anew. Source: fapolicyd.rules(5), fagenrules(8).
std::unique_ptr<steps::Action> allow_programs(const AllowedPrograms& programs);

/// Change type "fapolicyd".
void undo_allowed_programs(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
