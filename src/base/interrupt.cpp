#include "base/interrupt.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "base/error.hpp"

namespace bundle {
namespace {

// A signal handler has no argument to carry it: the one variable of the whole program.
std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int /*number*/) {
  if (stop_asked.exchange(true)) {
    ::_exit(static_cast<int>(ErrorKind::interrupted));
  }
}

}  // namespace

void watch_interrupts() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return stop_asked.load(std::memory_order_relaxed); }

void check_interrupt() {
  if (interrupted()) {
    throw Error(ErrorKind::interrupted, "stopped as asked");
  }
}

}  // namespace bundle
