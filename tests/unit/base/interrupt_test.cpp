#include "base/interrupt.hpp"

#include <doctest/doctest.h>

#include <csignal>

#include "base/error.hpp"
#include "support/in_child.hpp"

namespace bundle {
namespace {

constexpr int kInterrupted = static_cast<int>(ErrorKind::interrupted);

TEST_CASE("the first signal asks for a stop, the second ends the process, a lost terminal is one of them") {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(signal);
    CHECK(test::in_child([&] {
            watch_interrupts();
            const bool was_quiet = !interrupted();
            std::raise(signal);
            return was_quiet && interrupted() && stops_asked() == 1 ? 0 : 1;
          }) == 0);
    CHECK(test::in_child([&] {
            watch_interrupts();
            std::raise(signal);
            std::raise(SIGINT);
            return 0;
          }) == kInterrupted);
  }
}

TEST_CASE("nohup is obeyed") {
  CHECK(test::in_child([] {
          std::signal(SIGHUP, SIG_IGN);
          watch_interrupts();
          std::raise(SIGHUP);
          return interrupted() ? 1 : 0;
        }) == 0);
}

TEST_CASE("whoever holds the exit is asked again, and again") {
  CHECK(test::in_child([] {
          watch_interrupts();
          {
            const HoldExit hold;
            const HoldExit another;
            std::raise(SIGINT);
            std::raise(SIGINT);
            std::raise(SIGHUP);
            if (stops_asked() != 3) {
              return 1;
            }
          }
          std::raise(SIGINT);
          return 2;
        }) == kInterrupted);
}

TEST_CASE("an output that nobody reads any more asks for a stop, and is no second request") {
  CHECK(test::in_child([] {
          watch_interrupts();
          stop_when_output_is_lost();
          std::raise(SIGPIPE);
          std::raise(SIGPIPE);
          return stops_asked() == 1 ? 0 : 1;
        }) == 0);
  CHECK(test::in_child([] {
          watch_interrupts();
          stop_when_output_is_lost();
          std::raise(SIGPIPE);
          std::raise(SIGINT);
          return 0;
        }) == kInterrupted);
}

}  // namespace
}  // namespace bundle
