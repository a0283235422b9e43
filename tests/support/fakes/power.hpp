#pragma once

#include <cstddef>
#include <mutex>
#include <optional>

namespace bundle::test {

/// Stands for a power cut: thrown where the machine stops. No Error, so that nobody in the installer takes it
/// for one.
struct PowerCut {};

/// The machine's power. Whatever runs passes points, numbered from 0; at one of them the power may go, and
/// from then on nothing passes until it is back.
class Power {
 public:
  /// Counts from 0 again, and cuts at this point.
  void cut_at(std::size_t point) {
    const std::lock_guard lock(mutex_);
    passed_ = 0;
    cut_ = point;
  }
  /// Back on, without further cuts.
  void restore() {
    const std::lock_guard lock(mutex_);
    cut_.reset();
  }
  /// Throws PowerCut when the power goes here, or is gone.
  void pass() {
    const std::lock_guard lock(mutex_);
    if (cut_ && passed_ >= *cut_) {
      throw PowerCut();
    }
    ++passed_;
  }
  std::size_t passed() const {
    const std::lock_guard lock(mutex_);
    return passed_;
  }

 private:
  mutable std::mutex mutex_;
  std::size_t passed_ = 0;
  std::optional<std::size_t> cut_;
};

}  // namespace bundle::test
