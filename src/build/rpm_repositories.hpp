#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "build/source.hpp"
#include "build/world.hpp"
#include "format/index.hpp"
#include "spec/lock.hpp"
#include "spec/target.hpp"

namespace bundle::build {

/// The RPM side of a bundle: `rpms/signed/` (each package carries its vendor's signature), `rpms/by-index/`
/// (packages that only the signed index vouches for), each with repodata/, and the vendor keys in
/// `rpms/keys/`.
struct StagedRepositories {
  std::vector<PlannedEntry> entries;
  std::vector<format::Rpm> rpms;
};

/// Where a package lies in the bundle: below the repository's id, since two repositories may each have a
/// build of the same file name. The name is the upstream's, or NAME-VERSION-RELEASE.ARCH.rpm where the
/// package lies above the repository or has a URL that ends otherwise.
RelPath package_path(const spec::LockedRpm& package, const spec::LockedRepository& repository);

/// Fetches every package of the lock into the cache, checks it against metadata, signature and what `target`
/// takes, and lets createrepo_c index both repositories with the lock's date. The files lie below `folder`,
/// which must outlive the entries. Throws Error(network) for a package that is gone, Error(integrity) for one
/// that is not what was locked.
StagedRepositories stage_repositories(const spec::Lock& lock, const spec::Target& target,
                                      const std::filesystem::path& folder, World& world);

}  // namespace bundle::build
