#pragma once

#include <string>

#include "rpm/closure.hpp"
#include "rpm/filelists_filter.hpp"
#include "rpm/solv.hpp"

namespace bundle::rpm {

/// A repository in a libsolv pool, which must outlive it.
struct LoadedRepository {
  RepoInput input;
  Repomd repomd;
  Repo* repo = nullptr;  ///< owned by the pool
};

/// Reads repomd.xml and primary into `pool`. Throws Error(integrity).
LoadedRepository load_repository(Pool* pool, const RepoInput& input);
/// Adds the complete file lists of the packages that have one of the `wanted` files, or of all (null); they
/// replace those of primary package by package.
void load_filelists(LoadedRepository& repository, const PathSet* wanted);
/// The text of the module metadata; empty when there is none.
std::string read_module_metadata(const LoadedRepository& repository);

}  // namespace bundle::rpm
