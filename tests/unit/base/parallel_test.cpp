#include "base/parallel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <barrier>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <vector>

#include "support/error_of.hpp"

using namespace bundle;

TEST_CASE("each index is worked on once, whatever the number of jobs") {
  for (const std::size_t jobs : {0, 1, 3, 100}) {
    std::vector<std::atomic<int>> times(50);
    parallel_for(times.size(), jobs, [&](std::size_t index) { ++times[index]; });
    for (const auto& count : times) {
      CHECK(count == 1);
    }
  }
  parallel_for(0, 4, [](std::size_t) { FAIL("no work was asked for"); });
}

TEST_CASE("jobs really run at the same time") {
  std::mutex mutex;
  std::condition_variable both_here;
  int here = 0;
  bool met = false;
  parallel_for(2, 2, [&](std::size_t) {
    std::unique_lock lock(mutex);
    ++here;
    both_here.notify_all();
    met = both_here.wait_for(lock, std::chrono::seconds(30), [&] { return here == 2; });
  });
  CHECK(met);
}

TEST_CASE("the first error stops further starts and is rethrown") {
  std::set<std::size_t> begun;  // one job, so no lock
  CHECK_THROWS_WITH_AS(parallel_for(100, 1,
                                    [&](std::size_t index) {
                                      begun.insert(index);
                                      if (index == 3) {
                                        throw std::runtime_error("third");
                                      }
                                    }),
                       "third", std::runtime_error);
  CHECK(begun == std::set<std::size_t>{0, 1, 2, 3});

  std::atomic<int> count{0};
  CHECK_THROWS_AS(parallel_for(1'000'000, 4,
                               [&](std::size_t) {
                                 ++count;
                                 throw std::runtime_error("each");
                               }),
                  std::runtime_error);
  CHECK(count <= 4);
}

TEST_CASE("an interruption gives way to the error that caused it, whichever comes first") {
  for (std::size_t turn = 0; turn < 100; ++turn) {
    std::barrier<> both(2);
    const auto work = [&](std::size_t index) {
      both.arrive_and_wait();
      fail(index == turn % 2 ? ErrorKind::interrupted : ErrorKind::network, "ended");
    };
    CHECK(test::error_of([&] { parallel_for(2, 2, work); }).kind() == ErrorKind::network);
  }
}
