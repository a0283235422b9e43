#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fs.hpp"
#include "format/index.hpp"

namespace bundle::build {

/// An open part of a bundle.
struct PartFile {
  UniqueFd fd;
  std::string name;
};

/// The data of one entry as one stretch of bytes, wherever its pieces lie in the parts. `parts` must outlive
/// it.
class Region {
 public:
  Region(const std::vector<PartFile>& parts, const format::Entry& entry) : parts_(&parts), entry_(&entry) {}

  std::uint64_t size_bytes() const { return entry_->size_bytes; }
  void write(Bytes bytes, std::uint64_t offset) const;
  /// Lets the kernel begin to write this stretch to the disk, so that the sync at the end finds little left
  /// to do.
  void start_writing_back(std::uint64_t offset, std::uint64_t size_bytes) const;
  /// False when a part ends early.
  bool read(std::span<std::byte> buffer, std::uint64_t offset) const;
  /// Feeds the first `size_bytes` to the hasher; false when a part ends early.
  bool hash(Hasher& hasher, std::uint64_t size_bytes) const;

 private:
  const std::vector<PartFile>* parts_;
  const format::Entry* entry_;
};

}  // namespace bundle::build
