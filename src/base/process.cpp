#include "base/process.hpp"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/child.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace bundle {
namespace {

/// A program that stops reading its stdin must not end us. Only this thread's signal mask changes: several
/// threads may run programs at once.
class BlockSigpipe {
 public:
  BlockSigpipe() {
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~BlockSigpipe() {
    constexpr timespec kAtOnce{};
    if (!was_pending_) {
      while (::sigtimedwait(&sigpipe_, nullptr, &kAtOnce) < 0 && errno == EINTR) {
      }
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  BlockSigpipe(const BlockSigpipe&) = delete;
  BlockSigpipe& operator=(const BlockSigpipe&) = delete;

 private:
  sigset_t sigpipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

std::string last_lines(std::string_view text, std::size_t count) {
  const std::vector<std::string_view> lines = split(trim(text), '\n');
  std::string out;
  for (std::size_t i = lines.size() > count ? lines.size() - count : 0; i < lines.size(); ++i) {
    out += "\n  | " + std::string(first_bytes(lines[i], 500));
  }
  return trim(text).empty() ? std::string() : out;
}

}  // namespace

CommandResult PosixRunner::run(const Command& command) {
  const BlockSigpipe block_sigpipe;
  Child child(command, command.input.empty() ? Child::Input::none : Child::Input::comes,
              {.lock = lock_, .log = log_, .stops_said = &stops_said_});
  try {
    child.write(as_bytes(command.input));
  } catch (const StoppedReading&) {
    child.close_input();  // its exit code tells
  }
  return child.finish();
}

std::string describe_failure(const Command& command, const CommandResult& result) {
  return fmt::format("{} ended with exit code {}{}", to_string(command), result.status,
                     last_lines(result.err.empty() ? result.out : result.err, 12));
}

CommandResult run_checked(CommandRunner& runner, const Command& command) {
  CommandResult result = runner.run(command);
  if (result.status != 0) {
    throw Error(ErrorKind::step, describe_failure(command, result));
  }
  return result;
}

std::string to_string(const Command& command) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,/:@%^";
  std::vector<std::string> words;
  for (const std::string& word : command.argv) {
    const bool is_plain = !word.empty() && word.find_first_not_of(kPlain) == std::string::npos;
    words.push_back(is_plain ? word : "'" + replace_all(word, "'", "'\\''") + "'");
  }
  return join(words, " ");
}

std::optional<std::filesystem::path> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  return find_program(name, path == nullptr ? "/usr/bin:/bin" : path);
}

std::optional<std::filesystem::path> find_program(const std::string& name, std::string_view path) {
  for (const std::string_view folder : split(path, ':')) {
    std::filesystem::path candidate = std::filesystem::path(folder) / name;
    std::error_code ignored;
    if (folder.starts_with('/') && std::filesystem::is_regular_file(candidate, ignored) &&
        ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return std::nullopt;
}

}  // namespace bundle
