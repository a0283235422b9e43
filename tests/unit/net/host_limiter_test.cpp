#include "net/host_limiter.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/error.hpp"

using namespace bundle;
using net::HostLimiter;

TEST_CASE("no more requests run at once than a host may have") {
  HostLimiter limiter(3, 2);
  std::atomic<int> a = 0, b = 0, most_a = 0, most_all = 0;
  const auto raise = [](std::atomic<int>& most, int value) {
    for (int seen = most; value > seen && !most.compare_exchange_weak(seen, value);) {
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 200; ++round) {
        const auto place = limiter.enter(i % 2 == 0 ? "a" : "b", {});
        std::atomic<int>& mine = i % 2 == 0 ? a : b;
        ++mine;
        raise(most_a, a);
        raise(most_all, a + b);
        std::this_thread::yield();
        --mine;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(most_a == 2);
  CHECK(most_all <= 3);
}

TEST_CASE("waiting for a place ends with an interrupt") {
  HostLimiter limiter(1, 1);
  const auto place = limiter.enter("a", {});
  CHECK_THROWS_AS(limiter.enter("b", [] { return true; }), Error);
}
