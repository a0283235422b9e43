#include "base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

extern char** environ;

namespace bundle {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Pipe make_pipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) {
    fail_errno("create", "a pipe", errno);
  }
  return {.read_end = UniqueFd(fds[0]), .write_end = UniqueFd(fds[1])};
}

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::pair<std::string, std::string>> set = command.env;
  set.emplace_back("LC_ALL", "C");
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    const bool is_replaced =
        std::any_of(set.begin(), set.end(), [&](const auto& pair) { return pair.first == name; });
    if (!is_replaced && (!command.clean_env || name == "PATH")) {
      all.emplace_back(text);
    }
  }
  for (const auto& [name, value] : set) {
    all.push_back(fmt::format("{}={}", name, value));
  }
  return all;
}

/// Where the program lies in the PATH that it gets itself: posix_spawnp would look along ours. Its name when
/// it is not there, or is a path.
std::string program_of(const Command& command, const std::vector<std::string>& env) {
  constexpr std::string_view kPath = "PATH=";
  const std::string& name = command.argv.at(0);
  if (name.find('/') != std::string::npos) {
    return name;
  }
  const auto path = std::find_if(env.begin(), env.end(),
                                 [&](const std::string& entry) { return entry.starts_with(kPath); });
  const auto found = path == env.end() ? find_program(name)
                                       : find_program(name, std::string_view(*path).substr(kPath.size()));
  return found ? found->string() : name;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

/// Starts the program in a process group of its own, so that a time-out also ends what it started.
pid_t spawn(const Command& command, const Pipe& in, const Pipe& out, const Pipe& err) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, in.read_end.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, out.write_end.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.write_end.get(), 2);
  if (!command.cwd.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions, command.cwd.c_str());
  }
  sigset_t none;
  sigset_t usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  sigaddset(&usual, SIGINT);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> argv = command.argv;
  std::vector<std::string> env = environment_of(command);
  pid_t pid = 0;
  const std::string program = program_of(command, env);
  // A name without a folder is in none of those of PATH: never a file of that name in our working folder.
  const int error = program.find('/') == std::string::npos
                        ? ENOENT
                        : posix_spawn(&pid, program.c_str(), &actions, &attributes, pointers_to(argv).data(),
                                      pointers_to(env).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    fail(ErrorKind::usage, "cannot run {}: {}", command.argv[0], std::strerror(error));
  }
  return pid;
}

void set_nonblocking(const UniqueFd& fd) { ::fcntl(fd.get(), F_SETFL, O_NONBLOCK); }

/// Reads what is there; closes at the end of the stream.
void drain(UniqueFd& fd, std::string& into) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
  if (got > 0) {
    into.append(buffer.data(), static_cast<std::size_t>(got));
  } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
    fd.reset();
  }
}

/// The exit code; nothing when the program still runs, which only `WNOHANG` in `options` allows.
std::optional<int> wait_for(pid_t pid, int options) {
  int status = 0;
  pid_t ended = 0;
  do {
    ended = ::waitpid(pid, &status, options);
  } while (ended < 0 && errno == EINTR);
  if (ended < 0) {
    fail_errno("wait for", "a program", errno);
  }
  if (ended == 0) {
    return std::nullopt;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

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

/// Thrown through whoever makes the input of a program that takes no more of it.
struct StoppedReading {};

/// A running program with its three streams; ended with all that it started when this goes before `finish`.
class Child {
 public:
  explicit Child(const Command& command)
      : command_(command), in_(make_pipe()), out_(make_pipe()), err_(make_pipe()) {
    pid_ = spawn(command, in_, out_, err_);
    in_.read_end.reset();
    out_.write_end.reset();
    err_.write_end.reset();
    set_nonblocking(in_.write_end);
    set_nonblocking(out_.read_end);
    set_nonblocking(err_.read_end);
    restart_clock();
  }
  ~Child() {
    if (pid_ > 0) {
      ::kill(-pid_, SIGKILL);
      int ignored = 0;
      while (::waitpid(pid_, &ignored, 0) < 0 && errno == EINTR) {
      }
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// For a long input: a larger pipe (what the kernel refuses is no loss), and Ctrl-C ends it.
  void expect_long_input() {
    constexpr int kPipeBytes = 1 << 20;
    ::fcntl(in_.write_end.get(), F_SETPIPE_SZ, kPipeBytes);
    is_interruptible_ = true;
  }
  void restart_clock() { deadline_ = Clock::now() + command_.timeout; }

  /// Waits until the program has taken it all, reading what it says meanwhile. Throws StoppedReading.
  void write(Bytes bytes) {
    while (!bytes.empty()) {
      if (!in_.write_end) {
        throw StoppedReading();
      }
      if (is_interruptible_) {
        check_interrupt();
      }
      wait_and_read();
      const ssize_t put = ::write(in_.write_end.get(), bytes.data(), bytes.size());
      if (put > 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(put));
      } else if (put < 0 && errno != EAGAIN && errno != EINTR) {
        in_.write_end.reset();
      }
    }
  }

  void close_input() { in_.write_end.reset(); }

  /// Closes the input, reads the output to its end and waits for the program.
  CommandResult finish() {
    close_input();
    while (out_.read_end || err_.read_end) {
      wait_and_read();
    }
    // As a rule it has ended by now.
    constexpr std::chrono::milliseconds kLongestPause{20};
    std::chrono::milliseconds pause{1};
    std::optional<int> status = wait_for(pid_, WNOHANG);
    while (!status) {
      check_limits();
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, kLongestPause);
      status = wait_for(pid_, WNOHANG);
    }
    pid_ = 0;
    result_.status = *status;
    return std::move(result_);
  }

 private:
  /// Waits until a stream is ready, at most a second.
  void wait_and_read() {
    check_limits();
    std::array<pollfd, 3> polled = {{{.fd = out_.read_end.get(), .events = POLLIN, .revents = 0},
                                     {.fd = err_.read_end.get(), .events = POLLIN, .revents = 0},
                                     {.fd = in_.write_end.get(), .events = POLLOUT, .revents = 0}}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    ::poll(polled.data(), polled.size(), static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000)));
    if (polled[0].revents != 0) {
      drain(out_.read_end, result_.out);
    }
    if (polled[1].revents != 0) {
      drain(err_.read_end, result_.err);
    }
  }

  void check_limits() const {
    if (Clock::now() >= deadline_) {
      fail_ended(fmt::format("it took longer than {} s", command_.timeout.count()));
    }
    if (std::max(result_.out.size(), result_.err.size()) > command_.output_limit_bytes) {
      fail_ended(fmt::format("it printed more than {}", format_size(command_.output_limit_bytes)));
    }
  }

  [[noreturn]] void fail_ended(const std::string& reason) const {
    fail(ErrorKind::step, "{} was ended: {}", to_string(command_), reason);
  }

  const Command& command_;
  Pipe in_;
  Pipe out_;
  Pipe err_;
  pid_t pid_ = 0;
  bool is_interruptible_ = false;
  Clock::time_point deadline_;
  CommandResult result_;
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

CommandResult CommandRunner::run_fed(const Command& command, const Feeder& feed) {
  Command whole = command;
  feed([&](Bytes bytes) { whole.input += as_text(bytes); });
  return run(whole);
}

CommandResult PosixRunner::run(const Command& command) {
  const BlockSigpipe block_sigpipe;
  Child child(command);
  try {
    child.write(as_bytes(command.input));
  } catch (const StoppedReading&) {
    child.close_input();  // its exit code tells
  }
  return child.finish();
}

CommandResult PosixRunner::run_fed(const Command& command, const Feeder& feed) {
  const BlockSigpipe block_sigpipe;
  Child child(command);
  child.expect_long_input();
  try {
    feed([&](Bytes bytes) {
      child.restart_clock();
      child.write(bytes);
    });
  } catch (const StoppedReading&) {
    child.close_input();  // its exit code tells
  }
  child.restart_clock();
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
