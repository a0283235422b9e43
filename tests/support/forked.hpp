#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <functional>
#include <string>

#include "base/error.hpp"
#include "base/fs.hpp"

namespace bundle::test {

/// Work in a process of its own, which can be sent signals; killed at the end when it still runs. What it
/// returns is its exit code, an Error's kind, or 255 for another exception.
class Forked {
 public:
  explicit Forked(const std::function<int()>& work) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
        ::signal(signal, SIG_DFL);  // the test's own handlers report a crash
      }
      ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
      int code = 255;
      try {
        code = work();
      } catch (const Error& error) {
        code = static_cast<int>(error.kind());
      } catch (...) {
        code = 255;
      }
      ::_exit(code);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  ~Forked() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }
  Forked(const Forked&) = delete;
  Forked& operator=(const Forked&) = delete;

  pid_t pid() const { return pid_; }
  void send(int signal) const { ::kill(pid_, signal); }
  /// The exit code; 128 + signal when it was killed.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
};

/// A named pipe on which programs say how far they are, a letter each (`echo a > PATH`): what a test waits
/// for.
class Trace {
 public:
  explicit Trace(const std::filesystem::path& path) : path_(path.string()) {
    REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
    fd_ = UniqueFd(::open(path_.c_str(), O_RDWR | O_CLOEXEC));  // both: nobody waits, nobody sees an end
    REQUIRE(fd_);
  }
  const std::string& path() const { return path_; }

  /// The next letter; a failure when none comes for a minute.
  char next() {
    char letter = '\n';
    while (letter == '\n') {
      pollfd polled{.fd = fd_.get(), .events = POLLIN, .revents = 0};
      REQUIRE(::poll(&polled, 1, 60'000) == 1);
      REQUIRE(::read(fd_.get(), &letter, 1) == 1);
    }
    return letter;
  }
  /// What was said and not waited for.
  void forget() {
    pollfd polled{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    std::array<char, 4096> ignored{};
    while (::poll(&polled, 1, 0) == 1 && ::read(fd_.get(), ignored.data(), ignored.size()) > 0) {
    }
  }
  void until(char wanted) {
    while (next() != wanted) {
    }
  }

 private:
  std::string path_;
  UniqueFd fd_;
};

/// Waits until nobody has a lock (flock) on this file any more.
inline void until_unlocked(const std::filesystem::path& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(fd);
  REQUIRE(::flock(fd.get(), LOCK_EX) == 0);
}

}  // namespace bundle::test
