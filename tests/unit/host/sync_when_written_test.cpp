#include "host/sync_when_written.hpp"

#include <doctest/doctest.h>

#include <future>

#include "base/fs.hpp"

namespace bundle::host {
namespace {

/// How often a sync was asked for, and a way to wait for the first one.
struct Syncs {
  std::atomic<int> count{0};
  std::promise<void> first;

  std::function<void()> counter() {
    return [this] {
      if (count++ == 0) {
        first.set_value();
      }
    };
  }
};

}  // namespace

TEST_CASE("the disks are synced once when the file has content, and not for a file that is not there") {
  const TempDir dir;
  const std::filesystem::path file = dir.path() / "etcd.yaml";
  Syncs syncs;
  {
    const SyncWhenWritten waiting(file, syncs.counter());
    write_new_file(file, "", 0600);
  }
  CHECK(syncs.count == 0);
  std::filesystem::remove(file);
  {
    const SyncWhenWritten waiting(file, syncs.counter());
    write_new_file(file, "kind: Pod\n", 0600);
    CHECK(syncs.first.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  }
  CHECK(syncs.count == 1);
}

}  // namespace bundle::host
