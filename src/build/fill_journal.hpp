#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "base/fs.hpp"

namespace bundle::build {

/// Remembers in DIR.partial how far each entry is, so that a killed build goes on where it was. Text,
/// append-only:
///
///     bundle-fill/1 PLAN-SHA256
///     ENTRY BYTES          the first BYTES of entry number ENTRY are written
///
/// It is a hint, never trust: what it says is there is hashed again. A torn last line is passed over. While
/// it is open, the folder is this build's alone, where the file system has locks.
class FillJournal {
 public:
  /// Opens the journal for this plan, or begins it anew when it is absent or belongs to another plan.
  /// Throws Error(usage) while another build has it.
  FillJournal(const std::filesystem::path& file, const std::string& plan_sha256);

  /// Whether an earlier run of the same plan left its work here.
  bool is_continued() const { return is_continued_; }
  /// Bytes of this entry that an earlier run wrote.
  std::uint64_t written(std::size_t entry) const;
  /// Thread-safe.
  void record(std::size_t entry, std::uint64_t bytes);

 private:
  void read(const std::filesystem::path& file, const std::string& head);

  UniqueFd fd_;
  std::string name_;
  bool is_continued_ = false;
  std::map<std::size_t, std::uint64_t> written_;
  std::mutex mutex_;
};

}  // namespace bundle::build
