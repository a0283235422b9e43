#include "base/log.hpp"

#include <fmt/core.h>

#include <cstdio>

namespace bundle {

void Log::write(std::string_view prefix, std::string_view message) {
  const std::lock_guard lock(mutex_);
  // "\r\e[K" wipes a progress line that may stand there.
  fmt::print(stderr, "{}{}{}\n", color_ ? "\r\x1b[K" : "", prefix, message);
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
