#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.hpp"

namespace bundle {

class Log;
class WorkLock;

/// What becomes of a program when we are told a second time to stop, or are gone (SIGKILL).
enum class WhenStopped {
  cut,     ///< it is ended: whoever runs it again copes with what it left
  finish,  ///< it is waited for, and that is said: a transaction of packages
};

/// A program to run: argv[0] is looked up in the PATH that it gets when it has no '/'; never a shell.
struct Command {
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> env;  ///< added to (or replacing in) ours; LC_ALL=C always
  bool clean_env = false;                                ///< only PATH, LC_ALL and `env`
  std::filesystem::path cwd;                             ///< empty: ours
  std::string input;                                     ///< for its stdin
  std::chrono::seconds timeout{300};
  std::uint64_t output_limit_bytes = 256ull << 20;  ///< of stdout and of stderr each
  WhenStopped when_stopped = WhenStopped::cut;
  bool keeps_output = true;  ///< false: what it prints to stdout is a display for people, and thrown away
};

struct CommandResult {
  int status = 0;  ///< exit code; 128 + signal when it was killed
  std::string out;
  std::string err;
};

/// Runs programs. Injected, so that tests and dry runs need no real ones.
class CommandRunner {
 public:
  virtual ~CommandRunner() = default;
  /// Throws Error(usage) when the program is not there, Error(step) on time-out or too much output,
  /// Error(interrupted) when a stop was asked for twice; an exit code is no error.
  virtual CommandResult run(const Command& command) = 0;
  /// From here on every program keeps this lock until it has ended, whatever happens to us; null: none. The
  /// lock must outlive that. Fakes, whose programs cannot outlive us, need nothing of it.
  virtual void keep(WorkLock* /*lock*/) {}
};

/// Each program runs in a session of its own, below a supervisor (base/supervisor.hpp). It is over when it
/// has ended and nobody of that session has its output; a daemon, which makes a session of its own, is left
/// alone.
class PosixRunner final : public CommandRunner {
 public:
  /// Says on `log` (may be null) what is waited for when a stop was asked for.
  explicit PosixRunner(Log* log = nullptr) : log_(log) {}
  CommandResult run(const Command& command) override;
  void keep(WorkLock* lock) override { lock_ = lock; }

 private:
  Log* log_;
  WorkLock* lock_ = nullptr;
  std::atomic<int> stops_said_{0};
};

/// `COMMAND ended with exit code N` and the last lines of what it said.
std::string describe_failure(const Command& command, const CommandResult& result);

/// Runs and requires exit code 0: Error(step) shows argv, status and the last lines of stderr.
CommandResult run_checked(CommandRunner& runner, const Command& command);

/// The command as a person would type it.
std::string to_string(const Command& command);

/// The absolute path of a program in PATH, or in another list of folders like it.
std::optional<std::filesystem::path> find_program(const std::string& name);
std::optional<std::filesystem::path> find_program(const std::string& name, std::string_view path);

}  // namespace bundle
