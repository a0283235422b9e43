#include "net/host_limiter.hpp"

#include <chrono>

#include "base/error.hpp"

namespace bundle::net {

HostLimiter::Place HostLimiter::enter(const std::string& origin, const std::function<bool()>& interrupted) {
  constexpr std::chrono::milliseconds kLookForInterrupt{100};
  std::unique_lock lock(mutex_);
  while (overall_ >= max_overall_ || per_host_[origin] >= max_per_host_) {
    if (interrupted && interrupted()) {
      fail(ErrorKind::interrupted, "interrupted");
    }
    freed_.wait_for(lock, kLookForInterrupt);
  }
  ++overall_;
  ++per_host_[origin];
  return {*this, origin};
}

void HostLimiter::leave(const std::string& origin) {
  const std::lock_guard lock(mutex_);
  --overall_;
  if (--per_host_[origin] == 0) {
    per_host_.erase(origin);
  }
  freed_.notify_all();
}

}  // namespace bundle::net
