#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rpm/modulemd.hpp"
#include "rpm/repository.hpp"
#include "rpm/solv.hpp"

namespace bundle::rpm {

/// Which packages of a pool the solver may take: those of the target's architecture that no `excludes` names
/// and that module filtering lets through. Packages of the base are always seen.
class Visibility {
 public:
  /// `active` indexes `modules.builds`. Sets `pool->considered`, so it must outlive the pool's use.
  Visibility(Pool* pool, const std::vector<LoadedRepository>& repositories, const std::string& arch,
             const ModuleMetadata& modules, const std::vector<std::size_t>& active);

  bool sees(Id package) const { return considered_.has(package); }
  /// In words why `package` is hidden; empty when it is not.
  std::string reason(Id package) const;

 private:
  enum class Hidden : std::uint8_t { no, arch, exclude, module };

  void hide(Id package, Hidden why);
  void hide_by_exclude(const LoadedRepository& repository);
  void hide_by_modules(const std::vector<LoadedRepository>& repositories, const ModuleMetadata& modules,
                       const std::vector<std::size_t>& active);

  Pool* pool_;
  IdSet considered_;
  std::vector<Hidden> hidden_;
};

}  // namespace bundle::rpm
