#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "format/verified_index.hpp"

namespace bundle::media {

/// A file of a few MiB at most: read once, checked, and written from memory.
struct SmallFile {
  std::string name;
  unsigned mode = 0644;
  std::string content;
};

/// All that is to be copied.
struct CopySource {
  const format::VerifiedIndex& verified;
  std::filesystem::path folder;
  std::set<std::size_t> parts;
  std::vector<SmallFile> small;  // in the order in which they are copied, the index last

  const format::Part& part(std::size_t number) const { return verified.index().parts.at(number); }
};

/// The numbers of a range like `0-3,5`, all below `count`. Throws Error(usage).
std::set<std::size_t> parse_range(std::string_view range, std::size_t count);

/// Index, installer and signatures of the folder `verified` was read from, checked; and the parts of `range`,
/// each there with its size, their content unread. Throws Error(integrity), Error(usage) for what is missing.
/// `verified` must outlive it.
CopySource open_copy_source(const format::VerifiedIndex& verified, const format::Trust& trust,
                            std::string_view range);

}  // namespace bundle::media
