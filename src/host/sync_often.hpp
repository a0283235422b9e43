#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace bundle::host {

/// While it stands, a thread of its own has the disks take what was written, twice a second: programs do not
/// do that by themselves, and a power cut takes up to half a minute of what they wrote.
/// Source: https://docs.kernel.org/admin-guide/sysctl/vm.html#dirty-expire-centisecs
class SyncOften {
 public:
  /// `sync`: sync(2); tests have their own.
  explicit SyncOften(std::function<void()> sync = {});

 private:
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  ///< the last member: it ends before the others go
};

}  // namespace bundle::host
