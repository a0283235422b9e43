#pragma once

#include <filesystem>
#include <vector>

#include "build/source.hpp"
#include "build/world.hpp"
#include "spec/lock.hpp"

namespace bundle::build {

/// Where the sources `spec:PATH` and `catalogue:PATH` of a lock are found.
struct LocalFolders {
  std::filesystem::path spec;       ///< the folder of versions.yml
  std::filesystem::path catalogue;  ///< manifests/
};

/// Charts, values files, manifests and programs of a lock, from the cache, their upstreams or local files.
/// Throws Error(spec) when a local file changed since the lock was made, else as the fetcher does.
std::vector<PlannedEntry> text_entries(const spec::Lock& lock, const LocalFolders& folders, World& world);

}  // namespace bundle::build
