#pragma once

#include <span>

#include "format/parts.hpp"

namespace bundle::format {

/// Reads an entry's data in order, in pieces that the caller asks for. Each tar header is compared before the
/// data behind it is handed on; the padding must be zero; the last piece is handed on only when the digest of
/// all is right, so that whoever passes pieces on at once never passes on a whole wrong entry.
class EntryReader {
 public:
  /// Both must outlive it.
  EntryReader(const PartSet& parts, const Entry& entry) : parts_(parts), entry_(entry) {}

  /// The next data, somewhere in `buffer` (at least one tar block); none behind the last. Throws
  /// Error(integrity) that names part and offset, Error(interrupted).
  Bytes next(std::span<std::byte> buffer);

 private:
  Bytes read_on(std::span<std::byte> buffer);
  void check_rest_of_padding(std::uint64_t end);
  void finish_piece();
  void check_digest();
  [[noreturn]] void fail_at(std::string_view what, std::uint64_t offset) const;

  const Piece& piece() const { return entry_.at[number_]; }
  const std::string& part_path() const { return parts_.path(piece().part); }
  std::uint64_t begin() const;

  const PartSet& parts_;
  const Entry& entry_;
  Hasher hasher_;
  std::size_t number_ = 0;  // of the piece
  std::uint64_t at_ = 0;    // in the piece, its header counted
};

}  // namespace bundle::format
