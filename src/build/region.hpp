#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fs.hpp"
#include "format/index.hpp"

namespace bundle::build {

class PartDigest;

/// An open part of a bundle.
struct PartFile {
  UniqueFd fd;
  std::string name;
  PartDigest* digest = nullptr;  ///< is told of all that a region writes, or finds written; outlives it
};

/// The data of one entry as one stretch of bytes, wherever its pieces lie in the parts. `parts` must outlive
/// it.
class Region {
 public:
  Region(const std::vector<PartFile>& parts, const format::Entry& entry) : parts_(&parts), entry_(&entry) {}

  std::uint64_t size_bytes() const { return entry_->size_bytes; }
  /// Tells the parts' digests.
  void write(Bytes bytes, std::uint64_t offset) const;
  /// Lets the kernel begin to write this stretch to the disk, so that the sync at the end finds little left
  /// to do.
  void start_writing_back(std::uint64_t offset, std::uint64_t size_bytes) const;
  /// False when a part ends early.
  bool read(std::span<std::byte> buffer, std::uint64_t offset) const;
  /// Feeds the first `size_bytes` to the hasher, and to the parts' digests; false when a part ends early.
  bool hash(Hasher& hasher, std::uint64_t size_bytes) const;

 private:
  void tell_digests(Bytes bytes, std::uint64_t offset) const;

  const std::vector<PartFile>* parts_;
  const format::Entry* entry_;
};

}  // namespace bundle::build
