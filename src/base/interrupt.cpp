#include "base/interrupt.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "base/error.hpp"

namespace bundle {
namespace {

// A signal handler has no argument to carry them: the only variables of the whole program.
std::atomic<int> stops{0};
std::atomic<int> exits_held{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int /*number*/) {
  if (stops.fetch_add(1) > 0 && exits_held.load() == 0) {
    ::_exit(static_cast<int>(ErrorKind::interrupted));
  }
}

void on_lost_output(int /*number*/) {
  int none = 0;
  stops.compare_exchange_strong(none, 1);
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(number, &action, nullptr);
}

bool is_ignored(int number) {
  struct sigaction now{};
  return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

void watch_interrupts() {
  handle(SIGINT, on_signal);
  handle(SIGTERM, on_signal);
  if (!is_ignored(SIGHUP)) {
    handle(SIGHUP, on_signal);
  }
}

void stop_when_output_is_lost() { handle(SIGPIPE, on_lost_output); }

bool interrupted() { return stops_asked() > 0; }

int stops_asked() { return stops.load(std::memory_order_relaxed); }

void check_interrupt() {
  if (interrupted()) {
    throw Error(ErrorKind::interrupted, "stopped as asked");
  }
}

HoldExit::HoldExit() { exits_held.fetch_add(1); }
HoldExit::~HoldExit() { exits_held.fetch_sub(1); }

}  // namespace bundle
