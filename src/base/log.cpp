#include "base/log.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <string>

#include "base/text.hpp"

namespace bundle {

void Log::write(std::string_view prefix, std::string_view message) {
  // "\r\e[K" wipes a progress line that may stand there.
  const std::string line = fmt::format("{}{}{}\n", color_ ? "\r\x1b[K" : "", prefix, printable(message));
  const std::lock_guard lock(mutex_);
  std::fputs(line.c_str(), stderr);  // fmt::print would throw where stderr is closed
}

void Log::warn(std::string_view message) {
  write(color_ ? "\x1b[33mwarning:\x1b[0m " : "warning: ", message);
}

void Log::info(std::string_view message) {
  if (level_ != LogLevel::quiet) {
    write("", message);
  }
}

void Log::detail(std::string_view message) {
  if (level_ == LogLevel::verbose) {
    write("", message);
  }
}

}  // namespace bundle
