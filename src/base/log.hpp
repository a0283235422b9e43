#pragma once

#include <mutex>
#include <string_view>

namespace bundle {

enum class LogLevel { quiet, normal, verbose };

/// Words for the person at the terminal, on stderr. Passed along, never global; safe from several threads.
class Log {
 public:
  Log(LogLevel level, bool color) : level_(level), color_(color) {}

  /// Something that the user must know, also with -q.
  void warn(std::string_view message);
  void info(std::string_view message);
  void detail(std::string_view message);
  bool color() const { return color_; }

 private:
  void write(std::string_view prefix, std::string_view message);

  LogLevel level_;
  bool color_;
  std::mutex mutex_;
};

}  // namespace bundle
