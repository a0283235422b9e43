#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/process.hpp"
#include "base/progress.hpp"

namespace bundle::commands {

enum class OutputFormat { table, json };

/// What every verb has beside its own options. Data goes to stdout through `print`, words go to `log`.
struct Session {
  std::unique_ptr<Log> log;
  std::unique_ptr<Progress> progress;
  std::unique_ptr<CommandRunner> runner;
  std::unique_ptr<CommandRunner> host_runner;  ///< this_host makes it: programs of the machine, over `runner`
  OutputFormat output = OutputFormat::table;
  LogLevel verbosity = LogLevel::normal;
  bool color = false;  ///< on stderr
  std::filesystem::path root =
      "/";               ///< of the machine that install, status and their like work on; tests take a folder
  std::string data_dir;  ///< --data-dir as given; spec::find_data_dir knows the rest
  /// Seconds since the epoch, and a clock for durations: the machine's; tests have their own.
  std::function<std::int64_t()> now = [] { return static_cast<std::int64_t>(std::time(nullptr)); };
  std::function<std::chrono::steady_clock::time_point()> steady = [] {
    return std::chrono::steady_clock::now();
  };
  std::string* out = nullptr;  ///< where `print` appends (tests); null: stdout

  /// Writes data, as it is. Throws when stdout cannot take it (Error(no_space) for a full disk).
  void print(std::string_view data);
};

}  // namespace bundle::commands
