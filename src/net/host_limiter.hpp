#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace bundle::net {

/// Bounds how many requests run at once, overall and to one origin. Safe from several threads.
class HostLimiter {
 public:
  HostLimiter(int max_overall, int max_per_host) : max_overall_(max_overall), max_per_host_(max_per_host) {}

  /// A place held from construction to destruction; it must not outlive the limiter.
  class Place {
   public:
    Place(HostLimiter& limiter, std::string origin) : limiter_(limiter), origin_(std::move(origin)) {}
    ~Place() { limiter_.leave(origin_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    HostLimiter& limiter_;
    std::string origin_;
  };

  /// Waits for a place. Throws Error(interrupted) as soon as `interrupted` (may be null) says so.
  Place enter(const std::string& origin, const std::function<bool()>& interrupted);

 private:
  void leave(const std::string& origin);

  int max_overall_;
  int max_per_host_;
  std::mutex mutex_;
  std::condition_variable freed_;
  int overall_ = 0;
  std::map<std::string, int> per_host_;
};

}  // namespace bundle::net
