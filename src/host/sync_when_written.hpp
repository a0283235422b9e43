#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

namespace bundle::host {

/// While it stands, a thread of its own waits for a program to write this file, and has the disks take it,
/// with all that was written before, a tenth of a second later: programs do not do that by themselves, and a
/// power cut takes up to half a minute of what they wrote.
/// Source: https://docs.kernel.org/admin-guide/sysctl/vm.html#dirty-expire-centisecs
class SyncWhenWritten {
 public:
  /// `sync`: sync(2); tests have their own.
  explicit SyncWhenWritten(std::filesystem::path file, std::function<void()> sync = {});

 private:
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  ///< the last member: it ends before the others go
};

}  // namespace bundle::host
