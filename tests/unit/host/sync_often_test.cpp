#include "host/sync_often.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>

namespace bundle::host {

TEST_CASE("the disks are synced again and again, and no more afterwards") {
  std::atomic<int> count{0};
  std::promise<void> second;
  {
    const SyncOften syncing([&] {
      if (++count == 2) {
        second.set_value();
      }
    });
    CHECK(second.get_future().wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  }
  const int at_the_end = count;
  {
    const SyncOften other([&] { ++count; });
  }  // who ends at once does nothing
  CHECK(count == at_the_end);
}

}  // namespace bundle::host
