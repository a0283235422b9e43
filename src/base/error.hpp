#pragma once

#include <fmt/core.h>

#include <exception>
#include <string>
#include <vector>

namespace bundle {

/// What went wrong, as a user's script sees it: the value is the exit code of the program.
enum class ErrorKind {
  bug = 1,            ///< our fault
  usage = 2,          ///< command line, or a path that it names
  spec = 3,           ///< versions.yml, site.yml, the catalogue
  network = 4,        ///< an upstream that does not deliver
  integrity = 5,      ///< signature or digest; also malformed or oversized data from outside
  no_space = 6,       ///< disk full
  preflight = 7,      ///< a check on site
  step = 8,           ///< a step of the installation, or a program that we ran
  unresolvable = 9,   ///< a closure that does not exist
  reboot = 10,        ///< reboot, then run again
  no_gpu = 11,        ///< role gpu without a GPU
  interrupted = 130,  ///< Ctrl-C
};

/// A place in a text file; line and column count from 1, 0 when unknown.
struct Position {
  std::string file;
  int line = 0;
  int column = 0;
  bool operator==(const Position&) const = default;
};

/// `file:line:column`, as far as known.
std::string to_string(const Position& position);

/// The one exception of this program. The thrower says what failed, readers on the way up add where
/// (`add_context`). Messages are lower case without a full stop; a hint says what to do.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message, std::string hint = {})
      : kind_(kind), message_(std::move(message)), hint_(std::move(hint)) {}
  Error(ErrorKind kind, Position position, std::string message, std::string hint = {})
      : kind_(kind), position_(std::move(position)), message_(std::move(message)), hint_(std::move(hint)) {}

  /// Adds a line "while …" (the text without that word).
  Error& add_context(std::string doing) {
    context_.push_back(std::move(doing));
    return *this;
  }
  Error& set_hint(std::string hint) {
    hint_ = std::move(hint);
    return *this;
  }

  ErrorKind kind() const { return kind_; }
  const Position& position() const { return position_; }
  const std::string& message() const { return message_; }
  const std::vector<std::string>& context() const { return context_; }
  const std::string& hint() const { return hint_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorKind kind_;
  Position position_;
  std::string message_;
  std::string hint_;
  std::vector<std::string> context_;
};

/// The whole text for a terminal: `[position: ]message`, a line per context, a line `hint: …`; no final
/// newline. Control characters, which may come from outside, are made visible.
std::string render(const Error& error);

/// Throws an Error with a formatted message.
template <class... Args>
[[noreturn]] void fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(kind, fmt::format(format, std::forward<Args>(args)...));
}

/// Throws for a failed system call: `cannot ACTION PATH: strerror`. ENOSPC and EDQUOT are no_space, EIO is
/// integrity (bad media), all else usage (a path that the user can mend).
[[noreturn]] void fail_errno(std::string_view action, std::string_view path, int error_number);

/// Runs `function`; an Error that leaves it gains the context line "while DOING".
template <class Function>
auto with_context(const std::string& doing, Function&& function) {
  try {
    return function();
  } catch (Error& error) {
    error.add_context(doing);
    throw;
  }
}

/// One fault of many, for checks that report all they find.
struct Finding {
  Position position;
  std::string message;
  std::string hint;
  bool operator==(const Finding&) const = default;
};

}  // namespace bundle
