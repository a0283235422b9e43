#pragma once

#include <filesystem>

#include "base/fs.hpp"

namespace bundle {

/// A file that gets its name when its content is whole and on disk: written as `.NAME.bundle-partial` beside
/// it, whose leftover of a power cut the next try replaces. Makes folders. Gone when it is not committed.
class PartialFile {
 public:
  /// `mode` is the file's where the file system keeps none, or none is given to commit.
  explicit PartialFile(std::filesystem::path path, unsigned mode = 0600);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  /// Throws as fail_errno does.
  void write(Bytes bytes);
  /// Forces out what was written, which can then be read back at this path.
  const std::filesystem::path& sync();
  /// Syncs, renames, fsyncs the folder.
  void commit();
  /// Sets the mode first.
  void commit(unsigned mode);

 private:
  std::filesystem::path path_;
  std::filesystem::path partial_;
  UniqueFd fd_;
  std::uint64_t size_bytes_ = 0;
  bool is_committed_ = false;
};

/// Removes what a PartialFile for `path` left when it was killed; what another process is writing just now
/// stays (where the file system has locks).
void remove_leftover_of(const std::filesystem::path& path);

}  // namespace bundle
