#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/process.hpp"
#include "base/progress.hpp"

namespace bundle::host {

/// The machine that is installed: its files below `root` (a folder in tests), its programs, its clock. Steps
/// and checks touch the world through this alone.
struct Host {
  std::filesystem::path root = "/";
  CommandRunner& runner;
  Log& log;
  Progress& progress;
  std::function<std::int64_t()> now;  ///< seconds since the epoch, by a clock that may be set at any time
  /// For durations: a clock that nobody sets.
  std::function<std::chrono::steady_clock::time_point()> steady = [] {
    return std::chrono::steady_clock::now();
  };

  /// The same machine, with its programs run by another runner.
  Host with(CommandRunner& other) const;
  /// How long ago that was by `steady`; never less than nothing.
  std::chrono::nanoseconds since(std::chrono::steady_clock::time_point began) const;

  /// Asks twice a second until it is so; false when it is not after `patience`. Throws Error(interrupted)
  /// when a stop was asked for.
  bool wait_until(const std::function<bool()>& is_so, std::chrono::nanoseconds patience) const;

  /// The file at this absolute path of the host.
  std::filesystem::path at(std::string_view absolute) const;
  /// A small text file without its white space at the end; nothing when it is not there (or cannot be read).
  std::optional<std::string> read(std::string_view absolute) const;
  bool exists(std::string_view absolute) const;
  /// The names in a folder, sorted; none when it is not there.
  std::vector<std::string> list(std::string_view absolute) const;

  /// Runs and requires status 0: Error(step) otherwise, with argv, status and the end of stderr.
  CommandResult run(std::vector<std::string> argv,
                    std::chrono::seconds timeout = std::chrono::seconds{300}) const;
  /// The same for what must not be cut off, such as a transaction of packages: who is told to stop, or
  /// killed, leaves only when it has ended.
  CommandResult run_to_its_end(std::vector<std::string> argv, std::chrono::seconds timeout) const;
  /// Runs; the status is the answer, 127 for a program that is not there.
  CommandResult ask(std::vector<std::string> argv,
                    std::chrono::seconds timeout = std::chrono::seconds{60}) const;
  /// The same; one that does not come to its end in time has failed like any other, with 124 as timeout(1)
  /// says it. A survey of a cluster asks some twenty times.
  CommandResult ask_in_time(std::vector<std::string> argv,
                            std::chrono::seconds patience = std::chrono::seconds{20}) const;
};

}  // namespace bundle::host
