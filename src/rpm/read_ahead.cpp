#include "rpm/read_ahead.hpp"

#include <algorithm>
#include <cstring>

namespace bundle::rpm {
namespace {

constexpr std::size_t kBlockBytes = 256 << 10;

}  // namespace

ReadAhead::ReadAhead(FILE* inner)
    : inner_(inner),
      blocks_{std::vector<char>(kBlockBytes), std::vector<char>(kBlockBytes)},
      thread_([this] { run(); }) {}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    is_unwanted_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ReadAhead::run() {
  while (fill_next()) {
  }
}

/// The mutex is not held while the block is filled: it is nobody's until it is counted.
bool ReadAhead::fill_next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return filled_ - taken_ < blocks_.size() || is_unwanted_; });
  if (is_unwanted_) {
    return false;
  }
  std::vector<char>& block = blocks_.at(filled_ % blocks_.size());
  lock.unlock();
  block.resize(std::fread(block.data(), 1, kBlockBytes, inner_));
  const bool goes_on = block.size() == kBlockBytes;
  const bool is_broken = !goes_on && std::ferror(inner_) != 0;
  lock.lock();
  filled_ += block.empty() ? 0 : 1;
  is_ended_ = !goes_on;
  is_broken_ = is_broken;
  changed_.notify_all();
  return goes_on;
}

ssize_t ReadAhead::read(char* buffer, std::size_t size) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return filled_ > taken_ || is_ended_; });
  if (filled_ == taken_) {
    return is_broken_ ? -1 : 0;
  }
  const std::vector<char>& block = blocks_.at(taken_ % blocks_.size());
  lock.unlock();
  const std::size_t count = std::min(size, block.size() - position_);
  std::memcpy(buffer, block.data() + position_, count);
  position_ += count;
  if (position_ == block.size()) {
    position_ = 0;
    lock.lock();
    ++taken_;
    changed_.notify_all();
  }
  return static_cast<ssize_t>(count);
}

}  // namespace bundle::rpm
