#include "format/layout.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/tar.hpp"

namespace bundle::format {
namespace {

/// Less room than this at the end of a part is not worth a piece.
constexpr std::uint64_t kSmallestPiece = 64 << 10;

/// Appends to parts, and begins new ones.
class Builder {
 public:
  Builder(std::uint64_t part_size_bytes, const std::string& base_name)
      : limit_(part_size_bytes / kTarBlock * kTarBlock - kTarTrailer), base_name_(base_name) {}

  std::vector<Piece> add(const LayoutItem& item) {
    if (kTarBlock + padded(item.size_bytes) > limit_) {
      return add_split(item);
    }
    if (end_ + kTarBlock + padded(item.size_bytes) > limit_) {
      finish_part();
    }
    return {place(item.size_bytes)};
  }

  std::vector<Part> take() {
    if (end_ > 0 || parts_.empty()) {
      finish_part();
    }
    return std::move(parts_);
  }

 private:
  std::vector<Piece> add_split(const LayoutItem& item) {
    std::vector<Piece> pieces;
    for (std::uint64_t left = item.size_bytes; left > 0; left -= pieces.back().size_bytes) {
      if (end_ + kTarBlock + kSmallestPiece > limit_) {
        finish_part();
      }
      if (pieces.size() == kMaxPieces) {
        throw Error(ErrorKind::usage,
                    fmt::format("{} ({}) would be split into more than {} pieces", item.path.str(),
                                format_size(item.size_bytes), kMaxPieces),
                    "give a larger --part-size");
      }
      pieces.push_back(place(std::min(left, limit_ - end_ - kTarBlock)));
    }
    return pieces;
  }

  Piece place(std::uint64_t size_bytes) {
    const Piece piece{.part = parts_.size(), .offset = end_ + kTarBlock, .size_bytes = size_bytes};
    end_ = piece.offset + padded(size_bytes);
    return piece;
  }

  void finish_part() {
    parts_.push_back({.name = part_name(base_name_, parts_.size()), .size_bytes = end_ + kTarTrailer});
    end_ = 0;
  }

  std::uint64_t limit_;  // where the trailer must begin at the latest
  const std::string& base_name_;
  std::vector<Part> parts_;
  std::uint64_t end_ = 0;  // of what the current part holds
};

void require_tar_path(const LayoutItem& item, const std::vector<Piece>& pieces) {
  const Entry entry{.path = item.path, .at = pieces};
  tar_header(piece_path(entry, 0), 0, 0);  // throws the words for it
}

}  // namespace

Layout lay_out(const std::vector<LayoutItem>& items, std::uint64_t part_size_bytes,
               const std::string& base_name) {
  if (part_size_bytes < kMinPartSize) {
    fail(ErrorKind::usage, "a part size of {} bytes is too small: at least {}", part_size_bytes,
         kMinPartSize);
  }
  Builder builder(part_size_bytes, base_name);
  Layout layout;
  for (const LayoutItem& item : items) {
    layout.at.push_back(builder.add(item));
    require_tar_path(item, layout.at.back());
  }
  layout.parts = builder.take();
  return layout;
}

std::string order_key(const Roles& roles) {
  constexpr std::size_t kRoles = 3;
  if (roles.empty() || roles.size() >= kRoles) {
    return "0";
  }
  return fmt::format("{} {}", kRoles - roles.size(),
                     join(std::vector<std::string>(roles.begin(), roles.end()), ","));
}

}  // namespace bundle::format
