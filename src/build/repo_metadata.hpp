#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "build/world.hpp"
#include "rpm/closure.hpp"
#include "rpm/signature.hpp"
#include "spec/lock.hpp"
#include "spec/repository.hpp"

namespace bundle::build {

/// A repository whose metadata was fetched and found right.
struct FetchedRepository {
  spec::Repository spec;
  std::vector<spec::LockedKey> keys;
  rpm::RepoInput input;  ///< its files lie in the cache
};

/// Fetches repomd.xml, checks its signature where the repository's mode asks for it, then primary and module
/// metadata; file lists come when the closure needs them. `world` must outlive the result. Throws
/// Error(network) or Error(integrity).
FetchedRepository fetch_repository(const spec::Repository& repository, World& world);

/// The key files of a repository, with the pinned fingerprints checked.
rpm::Keyring load_keyring(const std::vector<spec::LockedKey>& keys, World& world);

}  // namespace bundle::build
