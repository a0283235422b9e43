#include "build/receiver.hpp"

#include "base/error.hpp"

namespace bundle::build {
namespace {

constexpr std::uint64_t kRecordEveryBytes = 1 << 20;
constexpr std::uint64_t kWriteBackEveryBytes = 8 << 20;

/// libcurl hands over 16 KiB at a time. Threads that write to one file wait for each other at each call, so
/// fewer and larger writes; small enough to stay in the processor's cache between hashing and writing.
constexpr std::size_t kGatherBytes = 512 << 10;

}  // namespace

Receiver::Receiver(std::size_t number, const PlannedEntry& entry, const Region& region, FillJournal& journal,
                   Progress& progress)
    : number_(number), entry_(entry), region_(region), journal_(journal), progress_(progress) {}

void Receiver::take_over(std::uint64_t size_bytes) {
  if (!region_.hash(hasher_, size_bytes)) {
    restart();
    return;
  }
  position_ = written_ = written_back_ = recorded_ = size_bytes;
  progress_.advance(size_bytes);
}

void Receiver::receive(Bytes bytes, std::uint64_t offset) {
  if (offset != position_) {
    if (offset != 0) {
      fail(ErrorKind::integrity, "the server sent byte {} of {} where byte {} was asked for", offset,
           entry_.path.str(), position_);
    }
    restart();
  }
  if (bytes.size() > entry_.size_bytes - position_) {
    fail(ErrorKind::integrity, "more than the locked {} bytes came for {}", entry_.size_bytes,
         entry_.path.str());
  }
  hasher_.update(bytes);
  gather(bytes);
  position_ += bytes.size();
  progress_.advance(bytes.size());
}

bool Receiver::is_right(std::string& found) {
  write(gathered_);
  gathered_.clear();
  found = hasher_.finish_hex();
  return position_ == entry_.size_bytes && found == entry_.sha256;
}

void Receiver::restart() {
  hasher_ = Hasher();
  gathered_.clear();
  position_ = written_ = written_back_ = recorded_ = 0;
}

void Receiver::gather(Bytes bytes) {
  if (gathered_.empty() && bytes.size() >= kGatherBytes) {
    return write(bytes);
  }
  gathered_.insert(gathered_.end(), bytes.begin(), bytes.end());
  if (gathered_.size() >= kGatherBytes) {
    write(gathered_);
    gathered_.clear();
  }
}

void Receiver::write(Bytes bytes) {
  region_.write(bytes, written_);
  written_ += bytes.size();
  if (written_ - written_back_ >= kWriteBackEveryBytes) {
    region_.start_writing_back(written_back_, written_ - written_back_);
    written_back_ = written_;
  }
  if (written_ - recorded_ >= kRecordEveryBytes) {
    journal_.record(number_, written_);
    recorded_ = written_;
  }
}

}  // namespace bundle::build
