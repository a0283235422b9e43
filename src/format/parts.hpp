#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "format/index.hpp"

namespace bundle::format {

/// The parts of a bundle, opened for reading in whichever of several folders (sticks) they lie.
class PartSet {
 public:
  /// Opens every part of `index` that is there with its exact size and is a regular file; the others go into
  /// `findings`. `index` must outlive it.
  PartSet(const Index& index, const std::vector<std::filesystem::path>& folders,
          std::vector<Finding>& findings);

  bool has(std::uint64_t part) const { return static_cast<bool>(parts_.at(part).fd); }
  int fd(std::uint64_t part) const { return parts_.at(part).fd.get(); }
  /// Where it lies, for messages.
  const std::string& path(std::uint64_t part) const { return parts_.at(part).path; }

 private:
  struct OpenPart {
    UniqueFd fd;
    std::string path;
  };
  std::vector<OpenPart> parts_;
};

using Sink = std::function<void(Bytes)>;

/// Streams an entry's data into `sink` through `buffer` (at least one tar block), in order. Each tar header
/// is compared before the data behind it is handed on; the padding must be zero; the digest is known only at
/// the end, so `sink` must not let anything be used before this returns. Throws Error(integrity) that names
/// part and offset. Several threads may read from one PartSet.
void stream_entry(const PartSet& parts, const Entry& entry, std::span<std::byte> buffer, const Sink& sink);

/// Compares the tar header of every piece that is in a part of the set with the one that the index implies:
/// a part of another bundle shows at once. Findings name part, offset and entry.
std::vector<Finding> check_headers(const PartSet& parts, const Index& index);

/// Checks that a part ends with its two zero blocks. Throws Error(integrity).
void check_trailer(const PartSet& parts, const Index& index, std::uint64_t part);

}  // namespace bundle::format
