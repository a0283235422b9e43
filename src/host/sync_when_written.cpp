#include "host/sync_when_written.hpp"

#include <unistd.h>

#include <chrono>
#include <system_error>

namespace bundle::host {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(100);

bool is_written(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return !error && size > 0;
}

}  // namespace

SyncWhenWritten::SyncWhenWritten(std::filesystem::path file, std::function<void()> sync)
    : thread_([this, file = std::move(file), sync = std::move(sync)](const std::stop_token& stop) {
        const auto rest = [&] {
          std::unique_lock lock(mutex_);
          stopped_.wait_for(lock, stop, kInterval, [] { return false; });
          return !stop.stop_requested();
        };
        bool was_written = false;  // what is being written is whole at the next look
        while (rest()) {
          if (was_written) {
            sync ? sync() : ::sync();
            return;
          }
          was_written = is_written(file);
        }
      }) {}

}  // namespace bundle::host
