#pragma once

#include <filesystem>

#include "base/fs.hpp"

namespace bundle::store {

/// A folder of this run in ROOT/work, removed at the end. What runs that were killed left there is removed at
/// the start of the next one: a run holds a lock on its folder, and a folder that nobody holds is dead.
class WorkFolder {
 public:
  explicit WorkFolder(const std::filesystem::path& root);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  UniqueFd held_;
};

}  // namespace bundle::store
