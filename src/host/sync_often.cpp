#include "host/sync_often.hpp"

#include <unistd.h>

#include <chrono>

namespace bundle::host {

SyncOften::SyncOften(std::function<void()> sync)
    : thread_([this, sync = std::move(sync)](const std::stop_token& stop) {
        constexpr auto kInterval = std::chrono::milliseconds(500);
        const auto rest = [&] {
          std::unique_lock lock(mutex_);
          stopped_.wait_for(lock, stop, kInterval, [] { return false; });
          return !stop.stop_requested();
        };
        while (rest()) {
          sync ? sync() : ::sync();
        }
      }) {}

}  // namespace bundle::host
