#include "format/entry_reader.hpp"

#include <algorithm>
#include <array>

#include "base/interrupt.hpp"
#include "format/tar.hpp"

namespace bundle::format {
namespace {

/// Where an entry lies. The digest of a split one is over all its pieces: any of them may be the bad one.
std::string place_of(const PartSet& parts, const Entry& entry) {
  const Piece& first = entry.at.front();
  if (entry.at.size() == 1) {
    return fmt::format("part {}, offset {}", first.part, first.offset);
  }
  std::string text = fmt::format("from part {}, offset {}, in one of", first.part, first.offset);
  for (const Piece& piece : entry.at) {
    text += " " + std::filesystem::path(parts.path(piece.part)).filename().string();
  }
  return text;
}

}  // namespace

std::uint64_t EntryReader::begin() const { return piece().offset - kTarBlock; }

void EntryReader::fail_at(std::string_view what, std::uint64_t offset) const {
  throw Error(
      ErrorKind::integrity, Position{.file = part_path()},
      fmt::format("entry {}: {} (part {}, offset {})", entry_.path.str(), what, piece().part, offset));
}

Bytes EntryReader::next(std::span<std::byte> buffer) {
  while (number_ < entry_.at.size()) {
    check_interrupt();
    if (const Bytes data = read_on(buffer); !data.empty()) {
      return data;
    }
  }
  return {};
}

/// Reads the next blocks of a piece: header, data, padding.
Bytes EntryReader::read_on(std::span<std::byte> buffer) {
  const std::uint64_t data_end = kTarBlock + piece().size_bytes;
  const std::uint64_t total = kTarBlock + padded(piece().size_bytes);
  const std::span<std::byte> chunk = buffer.first(std::min<std::uint64_t>(buffer.size(), total - at_));
  if (!pread_all(parts_.fd(piece().part), chunk, begin() + at_, part_path())) {
    fail_at("the part ends within it", begin() + at_);
  }
  const std::uint64_t end = at_ + chunk.size();
  if (at_ == 0 && !std::ranges::equal(chunk.first(kTarBlock), tar_header(piece_path(entry_, number_),
                                                                         piece().size_bytes, entry_.mode))) {
    fail_at("its tar header is not the one that the index implies", begin());
  }
  const std::uint64_t first = std::max<std::uint64_t>(at_, kTarBlock);
  const std::uint64_t last = std::min(end, data_end);
  const Bytes data = first < last ? Bytes(chunk).subspan(first - at_, last - first) : Bytes();
  hasher_.update(data);
  if (end >= data_end) {
    if (!is_zero(Bytes(chunk).subspan(data_end - at_))) {
      fail_at("the padding after it is not zero", begin() + data_end);
    }
    check_rest_of_padding(end);
    finish_piece();
  } else {
    at_ = end;
  }
  return data;
}

/// The buffer may have ended within the padding.
void EntryReader::check_rest_of_padding(std::uint64_t end) {
  std::array<std::byte, kTarBlock> block{};
  const std::span rest = std::span(block).first(kTarBlock + padded(piece().size_bytes) - end);
  if (!rest.empty() && !pread_all(parts_.fd(piece().part), rest, begin() + end, part_path())) {
    fail_at("the part ends within it", begin() + end);
  }
  if (!is_zero(rest)) {
    fail_at("the padding after it is not zero", begin() + kTarBlock + piece().size_bytes);
  }
}

void EntryReader::finish_piece() {
  ++number_;
  at_ = 0;
  if (number_ == entry_.at.size()) {
    check_digest();
  }
}

void EntryReader::check_digest() {
  if (const std::string found = hasher_.finish_hex(); found != entry_.sha256) {
    throw Error(ErrorKind::integrity, Position{.file = parts_.path(entry_.at.front().part)},
                fmt::format("entry {}: its SHA-256 is {} instead of {} ({})", entry_.path.str(), found,
                            entry_.sha256, place_of(parts_, entry_)));
  }
}

}  // namespace bundle::format
