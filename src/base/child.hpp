#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "base/fs.hpp"
#include "base/interrupt.hpp"
#include "base/process.hpp"
#include "base/supervisor.hpp"

namespace bundle {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

/// Thrown through whoever makes the input of a program that takes no more of it.
struct StoppedReading {};

/// What the children of one runner have in common; null where there is none.
struct ChildSurroundings {
  WorkLock* lock = nullptr;
  Log* log = nullptr;
  std::atomic<int>* stops_said =
      nullptr;  ///< of how many requests to stop the person was told what they wait for
};

/// A running program with its three streams, below a supervisor of its own (see there); ended with all that
/// it started when this goes before `finish`. It is over when the program has ended and either nobody has its
/// output open or nobody else of its session is left: a daemon that keeps the output open is not waited for.
///
/// The second request to stop ends it, with Error(interrupted), unless it must finish.
class Child {
 public:
  enum class Input { none, comes };
  /// Throws Error(usage) when the program is not there. `command` must outlive this.
  Child(const Command& command, Input input, ChildSurroundings surroundings);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Waits until the program has taken it all, reading what it says meanwhile. Throws StoppedReading.
  void write(Bytes bytes);
  void close_input();
  /// Closes the input, reads the output to its end and waits for the program.
  CommandResult finish();

 private:
  using Clock = std::chrono::steady_clock;

  void start(Input input);
  void await_start();
  /// Waits until a stream is ready, at most a second.
  void wait_and_read();
  bool read_output();
  void listen();
  void order(SupervisorOrder what) const;
  void give_up();
  void await_supervisor() const;
  void end_orphans(WhenStopped how) const;
  void forget();
  void check_limits() const;
  void obey_stops();
  void say_what_is_awaited(int stops) const;
  [[noreturn]] void fail_ended(const std::string& reason) const;

  HoldExit hold_;
  const Command& command_;
  ChildSurroundings surroundings_;
  Pipe in_;
  Pipe out_;
  Pipe err_;
  UniqueFd control_;
  pid_t supervisor_ = 0;  ///< and the session of the program
  std::optional<int> status_;
  Clock::time_point deadline_;
  CommandResult result_;
};

}  // namespace bundle
