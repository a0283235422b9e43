#include "build/region.hpp"

#include <fcntl.h>

#include <algorithm>

#include "base/error.hpp"
#include "build/part_digest.hpp"

namespace bundle::build {
namespace {

/// Calls `use(part, offset in part, first byte in the buffer, count)` for each stretch of [offset, offset +
/// size).
template <class Use>
bool for_each_stretch(const format::Entry& entry, std::uint64_t offset, std::uint64_t size, Use&& use) {
  std::uint64_t begin = 0;  // of the piece, within the entry
  std::uint64_t done = 0;
  for (const format::Piece& piece : entry.at) {
    const std::uint64_t position = offset + done;
    if (done < size && position < begin + piece.size_bytes) {
      const std::uint64_t within = position - begin;
      const std::uint64_t count = std::min(size - done, piece.size_bytes - within);
      if (!use(piece.part, piece.offset + within, done, count)) {
        return false;
      }
      done += count;
    }
    begin += piece.size_bytes;
  }
  return done == size;
}

}  // namespace

void Region::write(Bytes bytes, std::uint64_t offset) const {
  const bool fits =
      for_each_stretch(*entry_, offset, bytes.size(),
                       [&](std::uint64_t part, std::uint64_t at, std::uint64_t first, std::uint64_t count) {
                         const PartFile& file = parts_->at(part);
                         pwrite_all(file.fd.get(), bytes.subspan(first, count), at, file.name);
                         return true;
                       });
  if (!fits) {
    fail(ErrorKind::integrity, "more than {} bytes came for {}", entry_->size_bytes, entry_->path.str());
  }
  tell_digests(bytes, offset);
}

void Region::tell_digests(Bytes bytes, std::uint64_t offset) const {
  for_each_stretch(*entry_, offset, bytes.size(),
                   [&](std::uint64_t part, std::uint64_t at, std::uint64_t first, std::uint64_t count) {
                     if (PartDigest* digest = parts_->at(part).digest; digest != nullptr) {
                       digest->passed(at, bytes.subspan(first, count));
                     }
                     return true;
                   });
}

void Region::start_writing_back(std::uint64_t offset, std::uint64_t size_bytes) const {
  for_each_stretch(*entry_, offset, size_bytes,
                   [&](std::uint64_t part, std::uint64_t at, std::uint64_t, std::uint64_t count) {
                     // A wish: what fails here, the sync at the end will report.
                     static_cast<void>(::sync_file_range(parts_->at(part).fd.get(), static_cast<off64_t>(at),
                                                         static_cast<off64_t>(count), SYNC_FILE_RANGE_WRITE));
                     return true;
                   });
}

bool Region::read(std::span<std::byte> buffer, std::uint64_t offset) const {
  return for_each_stretch(
      *entry_, offset, buffer.size(),
      [&](std::uint64_t part, std::uint64_t at, std::uint64_t first, std::uint64_t count) {
        const PartFile& file = parts_->at(part);
        return pread_all(file.fd.get(), buffer.subspan(first, count), at, file.name);
      });
}

bool Region::hash(Hasher& hasher, std::uint64_t size_bytes) const {
  std::vector<std::byte> buffer(1 << 20);
  for (std::uint64_t offset = 0; offset < size_bytes;) {
    const std::span<std::byte> chunk =
        std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), size_bytes - offset));
    if (!read(chunk, offset)) {
      return false;
    }
    hasher.update(chunk);
    tell_digests(chunk, offset);
    offset += chunk.size();
  }
  return true;
}

}  // namespace bundle::build
