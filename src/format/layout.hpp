#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/index.hpp"

namespace bundle::format {

/// FAT32 takes files of up to 4 GiB - 1 byte.
constexpr std::uint64_t kDefaultPartSize = (4ull << 30) - (1ull << 20);
constexpr std::uint64_t kMinPartSize = 1ull << 20;

/// What is to be laid out, in this order. The path must fit a tar header.
struct LayoutItem {
  RelPath path;
  std::uint64_t size_bytes = 0;
};

struct Layout {
  std::vector<Part> parts;
  std::vector<std::vector<Piece>> at;  ///< of each item
};

/// Puts items one after the other into parts of at most `part_size_bytes` in all, trailer included. An item
/// that does not fit the rest of a part begins the next one; only one that is larger than a whole part is
/// split, and then fills the rest of the part before. A pure function of its arguments.
/// Throws Error(usage) for a part size below kMinPartSize or too small for an item (kMaxPieces), Error(spec)
/// for a path that no tar header takes.
Layout lay_out(const std::vector<LayoutItem>& items, std::uint64_t part_size_bytes,
               const std::string& base_name);

/// Sort key (before the path) that keeps the parts of a role together: what every role needs comes first,
/// then what several need, then each role's own.
std::string order_key(const Roles& roles);

}  // namespace bundle::format
