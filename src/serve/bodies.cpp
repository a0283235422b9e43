#include "serve/bodies.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace bundle::serve {
namespace {

/// Takes up to `limit_bytes` off the front of a stretch.
Slice take(Slice& slice, std::uint64_t limit_bytes) {
  const Slice taken{.offset = slice.offset, .size_bytes = std::min(slice.size_bytes, limit_bytes)};
  slice.offset += taken.size_bytes;
  slice.size_bytes -= taken.size_bytes;
  return taken;
}

/// Where an offset of an entry's data lies.
struct Place {
  const format::Piece* piece;
  std::uint64_t offset;  ///< in the piece
};

Place place_of(const format::Entry& entry, std::uint64_t offset) {
  for (const format::Piece& piece : entry.at) {
    if (offset < piece.size_bytes) {
      return {&piece, offset};
    }
    offset -= piece.size_bytes;
  }
  fail(ErrorKind::bug, "an offset behind the end of {}", entry.path.str());
}

}  // namespace

Bytes TextBody::next(std::span<std::byte> /*buffer*/) {
  const Slice slice = take(slice_, text_->size());
  return as_bytes(*text_).subspan(slice.offset, slice.size_bytes);
}

EntryBody::EntryBody(Media& media, const format::Entry& entry, std::optional<Slice> slice, Checks checks)
    : media_(media),
      entry_(entry),
      opened_(media.parts_of(entry)),
      reader_(opened_->set, entry),
      slice_(slice),
      checks_(checks) {
  if (checks == Checks::by_receiver && !slice_) {
    slice_ = Slice{.offset = 0, .size_bytes = entry.size_bytes};
  }
}

bool EntryBody::prepare(std::span<std::byte> buffer) {
  return !slice_ || checks_ == Checks::by_receiver || media_.was_checked(*opened_, entry_) ||
         guarded(&EntryBody::read_whole, buffer).empty();
}

Bytes EntryBody::next(std::span<std::byte> buffer) {
  return guarded(slice_ ? &EntryBody::read_slice : &EntryBody::read_whole, buffer);
}

/// A part that was pulled out while it was read is no damaged one.
Bytes EntryBody::guarded(Read read, std::span<std::byte> buffer) {
  try {
    return (this->*read)(buffer);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::integrity && !media_.is_unchanged(*opened_, entry_)) {
      fail(ErrorKind::usage, "a part with {} went away while it was read", entry_.path.str());
    }
    throw;
  }
}

Bytes EntryBody::read_whole(std::span<std::byte> buffer) {
  const Bytes bytes = reader_.next(buffer);
  if (bytes.empty()) {
    media_.remember_checked(*opened_, entry_);
  }
  return bytes;
}

/// Several stretches are read at once from one device, which likes one after the other: each has its turn to
/// get a piece of its part into the page cache, so large that going from one to the other costs little.
void EntryBody::take_turn(const format::Piece& piece, std::uint64_t offset) {
  constexpr std::uint64_t kTurnBytes = 4 << 20;
  const std::uint64_t begin = piece.offset + offset;
  if (begin >= cached_) {
    cached_ = std::min(begin + kTurnBytes, piece.offset + piece.size_bytes);
    media_.warm(*opened_, piece.part, {.offset = begin, .size_bytes = cached_ - begin});
  }
}

Bytes EntryBody::read_slice(std::span<std::byte> buffer) {
  if (slice_->size_bytes == 0) {
    return {};
  }
  const Place place = place_of(entry_, slice_->offset);
  const Slice taken =
      take(*slice_, std::min<std::uint64_t>(buffer.size(), place.piece->size_bytes - place.offset));
  const std::span<std::byte> chunk = buffer.first(taken.size_bytes);
  const std::uint64_t part = place.piece->part;
  take_turn(*place.piece, place.offset);
  if (!pread_all(opened_->set.fd(part), chunk, place.piece->offset + place.offset, opened_->set.path(part))) {
    fail(ErrorKind::usage, "the part {} became shorter", opened_->set.path(part));
  }
  return chunk;
}

Bytes FileBody::next(std::span<std::byte> buffer) {
  const Slice taken = take(slice_, buffer.size());
  const std::span<std::byte> chunk = buffer.first(taken.size_bytes);
  if (!pread_all(file_.fd.get(), chunk, taken.offset, name_)) {
    fail(ErrorKind::usage, "the file {} became shorter", name_);
  }
  if (!sha256_.empty() && !chunk.empty()) {
    check(chunk);
  }
  return chunk;
}

void FileBody::check(Bytes bytes) {
  hasher_.update(bytes);
  if (slice_.size_bytes > 0) {
    return;
  }
  if (hasher_.finish_hex() != sha256_) {
    fail(ErrorKind::integrity, "the file {} changed since it was verified", name_);
  }
}

}  // namespace bundle::serve
