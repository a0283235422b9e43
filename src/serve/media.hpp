#pragma once

#include <sys/types.h>

#include <compare>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "format/parts.hpp"
#include "format/verified_index.hpp"
#include "serve/http.hpp"

namespace bundle::serve {

/// What tells whether a file is still the one that was looked at.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  std::int64_t size_bytes = -1;  ///< -1: it is not there
  std::int64_t changed_ns = 0;
  bool operator==(const FileIdentity&) const = default;
};

/// Where the digest of what is served is compared with the index: here as it is read, or by a receiver that
/// knows it and takes nothing else.
enum class Checks { here, by_receiver };

/// The parts as they were found at one time.
struct OpenParts {
  std::shared_ptr<const format::PartSet> set;
  std::vector<FileIdentity> identities;  ///< of each part
};

/// The parts of a bundle, over the time in which sticks are pulled out and put back. They are open only while
/// somebody reads them, so that a stick can be unmounted in between. Several threads may use it.
class Media {
 public:
  /// `verified` must outlive it.
  Media(const format::VerifiedIndex& verified, std::vector<std::filesystem::path> folders);
  /// Parts that somebody has open for as long as this lives, and that stay.
  Media(const format::VerifiedIndex& verified, const format::PartSet& opened);

  const format::Index& index() const { return verified_.index(); }
  const format::VerifiedIndex& verified() const { return verified_; }
  const std::vector<std::filesystem::path>& folders() const { return folders_; }

  /// Parts in which those of `entry` are what lies in the folders now.
  /// Throws Error(usage) that names a part which is not there.
  std::shared_ptr<const OpenParts> parts_of(const format::Entry& entry);

  /// Whether the parts of `entry` are still those of `opened`.
  bool is_unchanged(const OpenParts& opened, const format::Entry& entry) const;

  /// Whether all of `entry` was read out of `opened`, and was right.
  bool was_checked(const OpenParts& opened, const format::Entry& entry) const;
  void remember_checked(const OpenParts& opened, const format::Entry& entry);

  /// Reads a stretch of a part into the page cache, one caller at a time. Throws what reading throws.
  void warm(const OpenParts& opened, std::uint64_t part, Slice slice);

 private:
  const format::VerifiedIndex& verified_;
  const std::vector<std::filesystem::path> folders_;
  const std::shared_ptr<const OpenParts> fixed_;  ///< null: they are looked for in the folders
  std::mutex turn_;
  std::vector<std::byte> scratch_;  // of the one whose turn it is
  mutable std::mutex mutex_;
  std::weak_ptr<const OpenParts> opened_;
  std::map<const format::Entry*, std::vector<FileIdentity>> checked_;
};

}  // namespace bundle::serve
