#include "build/part_digest.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/interrupt.hpp"
#include "format/tar.hpp"

namespace bundle::build {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;

/// Whoever writes catches up with so little by itself; with more, the transfer would stall meanwhile.
constexpr std::uint64_t kSmallGapBytes = 16 << 20;

}  // namespace

PartDigest::PartDigest(const format::Index& index, std::uint64_t part, int fd, std::string name)
    : fd_(fd), name_(std::move(name)) {
  for (const format::Member& member : members_of(index, part)) {
    members_.push_back({member});
  }
  begin();
}

void PartDigest::passed(std::uint64_t offset, Bytes bytes) {
  if (bytes.empty()) {
    return;
  }
  std::unique_lock lock(mutex_);
  if (offset < std::max(hashed_, being_hashed_)) {
    is_spoilt_ = true;
    if (!is_busy_) {
      begin();
    }
  }
  Member& member = member_at(offset);
  member.filled = offset - member.at().offset + bytes.size();
  if (is_busy_) {
    return;
  }
  if (offset != hashed_) {
    if (hashed_ >= member.at().offset && hashed_ < offset && offset - hashed_ <= kSmallGapBytes) {
      read_ahead(lock);
    }
    return;
  }
  is_busy_ = true;
  being_hashed_ = offset + bytes.size();
  lock.unlock();
  hasher_.update(bytes);
  lock.lock();
  advance(bytes.size());
  is_busy_ = false;
}

void PartDigest::catch_up() {
  std::unique_lock lock(mutex_);
  if (!is_busy_) {
    read_ahead(lock);
  }
}

std::string PartDigest::finish() {
  std::unique_lock lock(mutex_);
  for (Member& member : members_) {
    member.filled = member.at().size_bytes;
  }
  read_ahead(lock);
  constexpr std::array<std::byte, format::kTarTrailer> kTrailer{};
  hasher_.update(kTrailer);
  return hasher_.finish_hex();
}

/// Called with the lock, and not while another thread is busy.
void PartDigest::read_ahead(std::unique_lock<std::mutex>& lock) {
  std::vector<std::byte> buffer;
  is_busy_ = true;
  while (next_ < members_.size()) {
    const Member& member = members_[next_];
    const std::uint64_t available = member.at().offset + member.filled - hashed_;
    if (available == 0) {
      break;
    }
    buffer.resize(kBufferBytes);
    const std::span<std::byte> chunk =
        std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), available));
    const std::uint64_t offset = hashed_;
    being_hashed_ = offset + chunk.size();
    lock.unlock();
    bool is_read = false;
    try {
      check_interrupt();
      is_read = pread_all(fd_, chunk, offset, name_);
    } catch (...) {
      lock.lock();
      is_busy_ = false;
      throw;
    }
    hasher_.update(chunk);
    lock.lock();
    if (!is_read) {
      is_busy_ = false;
      fail(ErrorKind::integrity, "{} became shorter while it was written", name_);
    }
    advance(chunk.size());
  }
  is_busy_ = false;
}

/// The busy thread has hashed so many bytes, unless they were written anew meanwhile: then all begins again.
void PartDigest::advance(std::uint64_t size_bytes) {
  being_hashed_ = 0;
  if (is_spoilt_) {
    begin();
    return;
  }
  hashed_ += size_bytes;
  pass_frame();
}

void PartDigest::begin() {
  hasher_ = Hasher();
  hashed_ = 0;
  next_ = 0;
  is_spoilt_ = false;
  if (!members_.empty()) {
    const Member& first = members_.front();
    hasher_.update(
        format::tar_header(piece_path(*first.entry, first.piece), first.at().size_bytes, first.entry->mode));
    hashed_ = first.at().offset;
    pass_frame();
  }
}

/// Behind the data of a member come its padding and the next one's header: they follow from the index.
void PartDigest::pass_frame() {
  while (next_ < members_.size() && hashed_ == members_[next_].end()) {
    const format::Piece& piece = members_[next_].at();
    constexpr format::TarHeader kZeros{};
    hasher_.update(Bytes(kZeros).first(format::padded(piece.size_bytes) - piece.size_bytes));
    hashed_ = piece.offset + format::padded(piece.size_bytes);
    if (++next_ < members_.size()) {
      const Member& member = members_[next_];
      hasher_.update(format::tar_header(piece_path(*member.entry, member.piece), member.at().size_bytes,
                                        member.entry->mode));
      hashed_ = member.at().offset;
    }
  }
}

PartDigest::Member& PartDigest::member_at(std::uint64_t offset) {
  const auto next =
      std::ranges::upper_bound(members_, offset, {}, [](const Member& member) { return member.at().offset; });
  return *std::prev(next);
}

}  // namespace bundle::build
