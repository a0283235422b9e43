#pragma once

#include <filesystem>
#include <vector>

#include "build/world.hpp"
#include "spec/lock.hpp"
#include "spec/target.hpp"

namespace bundle::build {

// Whether the target's rpm takes the signatures of packages and keys. The rpm of this machine may take more
// than the target's does, so that its word on a package is no answer.

/// Looks at all packages of a lock that dnf will check, by their first bytes (of the cache, else of
/// upstream), and at the keys for them. What cannot be read now is passed over: `require_signatures_of` comes
/// before it is packed. Throws Error(integrity) that names everything refused, with key and digest.
void require_signatures(const std::vector<spec::LockedRpm>& rpms,
                        const std::vector<spec::LockedRepository>& repositories, const spec::Target& target,
                        World& world);

/// The same for one package whose file is here.
void require_signatures_of(const spec::LockedRpm& package, const std::filesystem::path& file,
                           const spec::Target& target);

}  // namespace bundle::build
