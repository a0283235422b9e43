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

/// Takes the next bytes off the front of a stretch of an entry; none behind its end.
Bytes read_from(const format::PartSet& parts, const format::Entry& entry, Slice& slice,
                std::span<std::byte> buffer) {
  if (slice.size_bytes == 0) {
    return {};
  }
  const Place place = place_of(entry, slice.offset);
  const Slice taken =
      take(slice, std::min<std::uint64_t>(buffer.size(), place.piece->size_bytes - place.offset));
  const std::span<std::byte> chunk = buffer.first(taken.size_bytes);
  const std::uint64_t part = place.piece->part;
  if (!pread_all(parts.fd(part), chunk, place.piece->offset + place.offset, parts.path(part))) {
    fail(ErrorKind::usage, "the part {} became shorter", parts.path(part));
  }
  return chunk;
}

}  // namespace

Bytes TextBody::next(std::span<std::byte> /*buffer*/) {
  const Slice slice = take(slice_, text_->size());
  return as_bytes(*text_).subspan(slice.offset, slice.size_bytes);
}

EntryBody::EntryBody(Media& media, const format::Entry& entry, std::optional<Slice> slice)
    : media_(media),
      entry_(entry),
      opened_(media.parts_of(entry)),
      reader_(*opened_->set, entry),
      slice_(slice) {}

bool EntryBody::prepare(std::span<std::byte> buffer) {
  return !slice_ || media_.was_checked(*opened_, entry_) || guarded(&EntryBody::read_whole, buffer).empty();
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

Bytes EntryBody::read_slice(std::span<std::byte> buffer) {
  return read_from(*opened_->set, entry_, *slice_, buffer);
}

UncheckedBody::UncheckedBody(Media& media, const format::Entry& entry, Slice slice)
    : media_(media), entry_(entry), opened_(media.parts_of(entry)), slice_(slice), cached_(slice.offset) {}

Bytes UncheckedBody::next(std::span<std::byte> buffer) {
  take_turn();
  return read_from(*opened_->set, entry_, slice_, buffer);
}

void UncheckedBody::take_turn() {
  constexpr std::uint64_t kTurnBytes = 4 << 20;
  if (slice_.size_bytes == 0 || slice_.offset < cached_) {
    return;
  }
  const Place place = place_of(entry_, slice_.offset);
  const std::uint64_t count =
      std::min({kTurnBytes, slice_.size_bytes, place.piece->size_bytes - place.offset});
  media_.warm(*opened_, place.piece->part,
              {.offset = place.piece->offset + place.offset, .size_bytes = count});
  cached_ = slice_.offset + count;
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
