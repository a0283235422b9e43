#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.hpp"

namespace bundle {
namespace {

bool is_interruption(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::interrupted;
  } catch (...) {
    return false;
  }
}

}  // namespace

void parallel_for(std::size_t count, std::size_t jobs, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr first;
  const auto run = [&] {
    while (true) {
      const std::size_t index = next.fetch_add(1);
      if (index >= count) {
        return;
      }
      try {
        work(index);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!first ||
            is_interruption(first)) {  // work that ended because of another's error is not the cause
          first = std::current_exception();
        }
        next.store(count);
      }
    }
  };
  std::vector<std::thread> threads;
  const std::size_t extra = std::min(std::max<std::size_t>(jobs, 1), count);
  for (std::size_t i = 1; i < extra; ++i) {
    try {
      threads.emplace_back(run);
    } catch (const std::system_error&) {
      break;  // no more threads to be had; those that began do the work
    }
  }
  run();
  for (std::thread& thread : threads) {
    thread.join();
  }
  if (first) {
    std::rethrow_exception(first);
  }
}

}  // namespace bundle
