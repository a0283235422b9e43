#include "host/host.hpp"

#include <algorithm>
#include <thread>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"

namespace bundle::host {
namespace {

constexpr std::uint64_t kSmallFileBytes = 16 << 20;

}  // namespace

Host Host::with(CommandRunner& other) const {
  return {.root = root, .runner = other, .log = log, .progress = progress, .now = now, .steady = steady};
}

std::chrono::nanoseconds Host::since(std::chrono::steady_clock::time_point began) const {
  const auto now_ns = steady().time_since_epoch().count();
  const auto began_ns = began.time_since_epoch().count();
  if (now_ns <= began_ns) {
    return {};
  }
  const std::uint64_t passed = static_cast<std::uint64_t>(now_ns) - static_cast<std::uint64_t>(began_ns);
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(std::min(passed, static_cast<std::uint64_t>(INT64_MAX))));
}

bool Host::wait_until(const std::function<bool()>& is_so, std::chrono::nanoseconds patience) const {
  const auto began = steady();
  while (!is_so()) {
    check_interrupt();
    if (since(began) >= patience) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
  return true;
}

std::filesystem::path Host::at(std::string_view absolute) const {
  return root / std::filesystem::path(absolute).relative_path();
}

std::optional<std::string> Host::read(std::string_view absolute) const {
  std::error_code error;
  // /proc and /sys say 0 for the size of their files, so that only reading tells.
  if (!std::filesystem::exists(at(absolute), error) || std::filesystem::is_directory(at(absolute), error)) {
    return std::nullopt;
  }
  try {
    const std::string text = read_file(at(absolute), kSmallFileBytes);
    return std::string(text.substr(0, text.find_last_not_of(" \t\n") + 1));
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool Host::exists(std::string_view absolute) const {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(at(absolute), error));
}

std::vector<std::string> Host::list(std::string_view absolute) const {
  return exists(absolute) ? list_folder(at(absolute)) : std::vector<std::string>();
}

CommandResult Host::run(std::vector<std::string> argv, std::chrono::seconds timeout) const {
  return run_checked(runner, {.argv = std::move(argv), .timeout = timeout});
}

CommandResult Host::run_to_its_end(std::vector<std::string> argv, std::chrono::seconds timeout) const {
  return run_checked(runner,
                     {.argv = std::move(argv), .timeout = timeout, .when_stopped = WhenStopped::finish});
}

CommandResult Host::ask(std::vector<std::string> argv, std::chrono::seconds timeout) const {
  constexpr int kNotFound = 127;  // as a shell says it
  try {
    return runner.run({.argv = std::move(argv), .timeout = timeout});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) {
      throw;
    }
    return {.status = kNotFound, .out = "", .err = error.message()};
  }
}

CommandResult Host::ask_in_time(std::vector<std::string> argv, std::chrono::seconds patience) const {
  constexpr int kTimedOut = 124;
  try {
    return ask(std::move(argv), patience);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) {
      throw;
    }
    return {.status = kTimedOut, .out = "", .err = error.message()};
  }
}

}  // namespace bundle::host
