#include "format/part_check.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::format {
namespace {

bool is_split(const Entry& entry) { return entry.at.size() > 1; }

}  // namespace

void SplitEntries::update(const Entry& entry, std::size_t number, Bytes bytes) {
  if (number == 0) {
    seen_.try_emplace(&entry);
  }
  const auto it = seen_.find(&entry);
  if (it != seen_.end() && it->second.pieces == number) {
    it->second.hasher.update(bytes);
  }
}

bool SplitEntries::end_piece(const Entry& entry, std::size_t number) {
  const auto it = seen_.find(&entry);
  if (it == seen_.end() || it->second.pieces != number) {
    return true;
  }
  Seen& seen = it->second;
  if (++seen.pieces < entry.at.size()) {
    return true;
  }
  seen.is_right = seen.hasher.finish_hex() == entry.sha256;
  return seen.is_right;
}

bool SplitEntries::is_right(const Entry& entry) const {
  const auto it = seen_.find(&entry);
  return it != seen_.end() && it->second.is_right;
}

PartCheck::PartCheck(const Index& index, std::uint64_t part, std::string path, SplitEntries& split)
    : part_(index.parts.at(part)),
      number_(part),
      path_(std::move(path)),
      split_(split),
      members_(members_of(index, part)),
      next_(members_.begin()) {
  for (const Entry* entry : split_entries_of(index, part)) {
    split_here_.push_back(entry->path.str());
  }
}

void PartCheck::update(Bytes bytes) {
  part_hasher_.update(bytes);
  while (!bytes.empty()) {
    const std::size_t taken = next_ == members_.end() ? take_trailer(bytes) : take(bytes);
    bytes = bytes.subspan(taken);
    offset_ += taken;
    if (next_ != members_.end() && offset_ == piece().offset + padded(piece().size_bytes)) {
      end_member();
    }
  }
}

std::size_t PartCheck::take(Bytes bytes) {
  const std::uint64_t data_end = piece().offset + piece().size_bytes;
  const auto until = [&](std::uint64_t end) {
    return bytes.first(std::min<std::uint64_t>(bytes.size(), end - offset_));
  };
  if (offset_ < piece().offset) {
    const std::uint64_t within = offset_ - (piece().offset - kTarBlock);
    if (within == 0) {
      header_ = tar_header(piece_path(*next_->entry, next_->piece), piece().size_bytes, next_->entry->mode);
      hasher_ = Hasher();
    }
    const Bytes header = until(piece().offset);
    if (!std::ranges::equal(header, Bytes(header_).subspan(within, header.size()))) {
      fail_here("its tar header is not the one that the index implies");
    }
    return header.size();
  }
  if (offset_ < data_end) {
    const Bytes data = until(data_end);
    take_data(data);
    return data.size();
  }
  const Bytes padding = until(piece().offset + padded(piece().size_bytes));
  if (!is_zero(padding)) {
    fail_here("the padding after it is not zero");
  }
  return padding.size();
}

void PartCheck::take_data(Bytes bytes) {
  if (is_split(*next_->entry)) {
    split_.update(*next_->entry, next_->piece, bytes);
  } else {
    hasher_.update(bytes);
  }
}

void PartCheck::end_member() {
  const Entry& entry = *next_->entry;
  if (is_split(entry)) {
    if (!split_.end_piece(entry, next_->piece)) {
      fail_here("its SHA-256 is another one, so one of its pieces, in this part or one before, is damaged");
    }
  } else if (const std::string found = hasher_.finish_hex(); found != entry.sha256) {
    fail_here(fmt::format("its SHA-256 is {} instead of {}", found, entry.sha256));
  }
  ++next_;
}

std::size_t PartCheck::take_trailer(Bytes bytes) {
  if (bytes.size() > part_.size_bytes - offset_) {
    throw Error(ErrorKind::integrity, Position{.file = path_},
                fmt::format("the part is longer than {} bytes", part_.size_bytes));
  }
  if (!is_zero(bytes)) {
    throw Error(ErrorKind::integrity, Position{.file = path_},
                fmt::format("the end of the archive is not zero (part {}, offset {})", number_, offset_));
  }
  return bytes.size();
}

void PartCheck::finish() {
  const auto fail_part = [&](std::string message) {
    throw Error(ErrorKind::integrity, Position{.file = path_}, std::move(message));
  };
  if (offset_ != part_.size_bytes) {
    fail_part(fmt::format("the part ends after {} bytes, and should have {}", offset_, part_.size_bytes));
  }
  const std::string found = part_hasher_.finish_hex();
  if (!part_.sha256.empty() && found != part_.sha256) {
    std::string message =
        fmt::format("the SHA-256 of part {} is {} instead of {}", number_, found, part_.sha256);
    if (!split_here_.empty()) {
      message += "; damaged is a piece of entry " + join(split_here_, ", or of entry ");
    }
    fail_part(std::move(message));
  }
}

std::string PartCheck::place() const {
  const std::string at = fmt::format("part {}, offset {}", number_, offset_);
  return next_ == members_.end() ? at : fmt::format("entry {} ({})", next_->entry->path.str(), at);
}

void PartCheck::fail_here(std::string_view what) const {
  throw Error(ErrorKind::integrity, Position{.file = path_},
              fmt::format("entry {}: {} (part {}, offset {})", next_->entry->path.str(), what, number_,
                          piece().offset));
}

std::vector<const Entry*> split_entries_of(const Index& index, std::uint64_t part) {
  std::vector<const Entry*> entries;
  for (const Entry& entry : index.entries) {
    const bool is_here =
        std::ranges::any_of(entry.at, [&](const Piece& piece) { return piece.part == part; });
    if (is_here && is_split(entry)) {
      entries.push_back(&entry);
    }
  }
  return entries;
}

}  // namespace bundle::format
