#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bundle {

/// A program to run: argv[0] is looked up in PATH when it has no '/'; never a shell.
struct Command {
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> env;  ///< added to (or replacing in) ours; LC_ALL=C always
  bool clean_env = false;                                ///< only PATH, LC_ALL and `env`
  std::filesystem::path cwd;                             ///< empty: ours
  std::string input;                                     ///< for its stdin
  std::chrono::seconds timeout{300};
  std::uint64_t output_limit_bytes = 256ull << 20;  ///< of stdout and of stderr each
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
  /// Throws Error(usage) when the program is not there, Error(step) on time-out or too much output; an exit
  /// code is no error.
  virtual CommandResult run(const Command& command) = 0;
};

class PosixRunner final : public CommandRunner {
 public:
  CommandResult run(const Command& command) override;
};

/// Runs and requires exit code 0: Error(step) shows argv, status and the last lines of stderr.
CommandResult run_checked(CommandRunner& runner, const Command& command);

/// The command as a person would type it.
std::string to_string(const Command& command);

/// The absolute path of a program in PATH.
std::optional<std::filesystem::path> find_program(const std::string& name);

}  // namespace bundle
