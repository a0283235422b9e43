#pragma once

#include <string>
#include <vector>

#include "build/inputs.hpp"
#include "build/repo_metadata.hpp"
#include "build/world.hpp"
#include "spec/lock.hpp"

namespace bundle::build {

struct ResolvedRpms {
  std::vector<spec::LockedRepository> repositories;
  std::vector<spec::LockedRpm> rpms;
  std::vector<std::string> base_changes;  ///< upgrades and removals of base packages, in words
};

/// The closures of all roles, each on the declared base and, unless `slim`, on nothing. Throws
/// Error(unresolvable) with the chain in words, naming role and base.
ResolvedRpms resolve_rpms(const Inputs& inputs, bool slim, World& world);

}  // namespace bundle::build
