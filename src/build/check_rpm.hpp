#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

#include "build/repo_metadata.hpp"
#include "build/world.hpp"
#include "spec/lock.hpp"

namespace bundle::build {

/// Fetches locked packages and checks each before it is used. Reads a repository's keys once. Safe from
/// several threads; `repositories` and `world` must outlive it.
class PackageFetcher {
 public:
  PackageFetcher(const std::vector<spec::LockedRepository>& repositories, World& world)
      : repositories_(repositories), world_(world) {}

  /// The package's path in the cache, with size, checksum, NEVRA and the signature that its repository's mode
  /// asks for all right. Throws Error(network) when it is gone, Error(integrity) when it is not what was
  /// locked.
  std::filesystem::path fetch(const spec::LockedRpm& package);

 private:
  const rpm::Keyring& keyring_of(const spec::LockedRepository& repository);

  const std::vector<spec::LockedRepository>& repositories_;
  World& world_;
  std::mutex mutex_;
  std::map<std::string, rpm::Keyring> keyrings_;
};

}  // namespace bundle::build
