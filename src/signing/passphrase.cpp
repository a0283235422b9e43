#include "signing/passphrase.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/interrupt.hpp"

namespace bundle::signing {
namespace {

constexpr std::uint64_t kMaxPassphrase = 1000;  // what OpenSSL's callback has room for is 1024

/// Switches the terminal's echo off, and back on at the end.
class NoEcho {
 public:
  NoEcho() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) {
      fail_errno("ask", "the terminal", errno);
    }
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~NoEcho() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
};

/// One line from stdin without its newline. Waits in poll, which a signal ends.
std::string read_line() {
  std::string line;
  while (line.size() <= kMaxPassphrase) {
    pollfd waiting{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waiting, 1, -1);
    check_interrupt();
    if (ready < 0) {
      continue;
    }
    char c = 0;
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got <= 0 || c == '\n') {
      return line;
    }
    line += c;
  }
  fail(ErrorKind::usage, "a passphrase has at most {} bytes", kMaxPassphrase);
}

void require_some(const std::string& line, const std::string& place, std::string_view named_by) {
  if (line.empty()) {
    fail(ErrorKind::usage, "{} ({}) has an empty first line", place, named_by);
  }
}

std::string first_line_of(const std::string& path, std::string_view named_by) {
  std::string text = read_file(path, kMaxPassphrase);
  text = text.substr(0, text.find('\n'));
  require_some(text, path, named_by);
  return text;
}

}  // namespace

std::optional<std::string> passphrase_from_environment() {
  const char* path = std::getenv("BUNDLE_KEY_PASSPHRASE_FILE");
  if (path == nullptr || *path == '\0') {
    return std::nullopt;
  }
  return first_line_of(path, "BUNDLE_KEY_PASSPHRASE_FILE");
}

std::string read_passphrase(const std::string& file, const std::string& question) {
  if (!file.empty() && file != "-") {
    return first_line_of(file, "--passphrase-file");
  }
  std::string line = file.empty()
                         ? prompt_passphrase(question, "give it with --passphrase-file FILE, or - for stdin")
                         : read_line();
  require_some(line, file.empty() ? "the terminal" : "stdin", "--passphrase-file");
  return line;
}

bool can_prompt() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1; }

std::string prompt_passphrase(const std::string& question, const std::string& hint) {
  if (!can_prompt()) {
    throw Error(ErrorKind::usage, "a passphrase is needed and there is no terminal to ask for it", hint);
  }
  fmt::print(stderr, "{}: ", question);
  std::fflush(stderr);
  const NoEcho silent;
  std::string line = read_line();
  fmt::print(stderr, "\n");
  return line;
}

std::string passphrase_for(const std::string& path) {
  if (std::optional<std::string> given = passphrase_from_environment()) {
    return *given;
  }
  return prompt_passphrase("passphrase of " + path);
}

std::string new_passphrase() {
  if (std::optional<std::string> given = passphrase_from_environment()) {
    return *given;
  }
  if (!can_prompt()) {
    return {};
  }
  const std::string first = prompt_passphrase("passphrase for the new key (empty: none)");
  if (!first.empty() && prompt_passphrase("once more") != first) {
    fail(ErrorKind::usage, "the two passphrases differ");
  }
  return first;
}

}  // namespace bundle::signing
