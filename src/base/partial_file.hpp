#pragma once

#include <filesystem>

#include "base/fs.hpp"

namespace bundle {

/// A file that gets its name when its content is whole and on disk: written as `.NAME.bundle-partial` beside
/// it, whose leftover of a power cut the next try replaces. Makes folders. Gone when it is not committed.
class PartialFile {
 public:
  explicit PartialFile(std::filesystem::path path);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  /// Throws as fail_errno does.
  void write(Bytes bytes);
  /// Sets the mode, fsyncs, renames, fsyncs the folder.
  void commit(unsigned mode);

 private:
  std::filesystem::path path_;
  std::filesystem::path partial_;
  UniqueFd fd_;
  std::uint64_t size_bytes_ = 0;
  bool is_committed_ = false;
};

}  // namespace bundle
