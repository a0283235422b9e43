#pragma once

#include <string>

#include "rpm/solv.hpp"

namespace bundle::rpm {

/// Copies what matters for solving (dependencies and files) from a package of a repository to one of the
/// base. `system`, which holds the latter, must outlive it.
class PackageCopier {
 public:
  explicit PackageCopier(Repo* system);

  void copy(Id from, Id to);
  /// To be called once, after the last copy: before it the files cannot be looked up.
  void finish();

 private:
  void copy_dependencies(Id key, Id from, Id to);
  Id at_own_version(Id dependency, Id source_evr, Id own_evr);
  std::string without_release(Id evr) const;
  void copy_files(Id from, Id to);

  Pool* pool_;
  Repodata* data_;
};

}  // namespace bundle::rpm
