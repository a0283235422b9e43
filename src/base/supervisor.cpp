#include "base/supervisor.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/proc.hpp"

namespace bundle {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Between SIGTERM and SIGKILL.
constexpr milliseconds kGrace{2000};
/// Between two looks at what is left of a session, about which no signal tells.
constexpr milliseconds kPause{20};

void close_fd(int& fd) {
  if (fd >= 0) {
    ::close(fd);
    fd = -1;
  }
}

class Supervisor {
 public:
  explicit Supervisor(const SupervisorTask& task) : task_(task), session_(::getpid()) {
    ::setsid();
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // so that "no child left" means that nobody is left
    ::prctl(PR_SET_NAME, "bundle-guard");
    ::signal(SIGCHLD, SIG_DFL);
    close_all_but(std::array{task_.control, task_.lock, task_.in[0], task_.in[1], task_.out[0], task_.out[1],
                             task_.err[0], task_.err[1]});
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    deaths_ = ::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
  }

  void live() {
    if (!await_go() || !start()) {
      return;
    }
    while (!is_over()) {
      wait();
    }
  }

 private:
  bool await_go() {
    SupervisorOrder order{};
    ssize_t got = 0;
    do {
      got = ::recv(task_.control, &order, sizeof order, 0);
    } while (got < 0 && (errno == EINTR || errno == ECONNRESET));
    return got == sizeof order && order == SupervisorOrder::go;
  }

  bool start() {
    // A name without a folder is in none of those of PATH: never a file of that name in our working folder.
    const int error =
        std::strchr(task_.program, '/') == nullptr
            ? ENOENT
            : ::posix_spawn(&program_, task_.program, task_.actions, task_.attributes, task_.argv, task_.env);
    if (error != 0) {
      report(SupervisorReport::Kind::cannot_start, error);
      return false;
    }
    report(SupervisorReport::Kind::started, 0);
    close_fd(task_.in[0]);
    if (!task_.has_input) {
      close_fd(task_.in[1]);
    }
    close_fd(task_.out[1]);
    close_fd(task_.err[1]);
    [[maybe_unused]] const int ignored = ::chdir("/");  // no folder is kept busy by who only waits
    return true;
  }

  void report(SupervisorReport::Kind kind, int value) const {
    const SupervisorReport packet{.kind = kind, .value = value};
    if (task_.control >= 0) {
      ::send(task_.control, &packet, sizeof packet, MSG_NOSIGNAL);
    }
  }

  /// Reaps whoever has ended: false when there are no children any more, and so no descendants.
  bool reap() {
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(-1, &status, WNOHANG)) > 0) {
      ++reaped_;
      if (ended == program_) {
        has_ended_ = true;
        report(SupervisorReport::Kind::program_ended, status);
      }
    }
    return ended == 0;
  }

  bool is_over() {
    if (!reap()) {
      return true;
    }
    if (!has_ended_) {
      return false;
    }
    const bool is_detached = is_alone() && !is_cut() && task_.out[0] < 0 && task_.err[0] < 0;
    if (is_released_ || is_detached) {
      return true;
    }
    // Who has ended while we looked may have left somebody whom we did not see.
    const unsigned before = reaped_;
    return !has_members(session_) && (!reap() || reaped_ == before);
  }

  bool is_alone() const { return task_.control < 0; }
  bool is_cut() const { return kill_at_.has_value(); }

  void wait() {
    std::array<pollfd, 4> polled = {{{.fd = task_.control, .events = POLLIN, .revents = 0},
                                     {.fd = deaths_, .events = POLLIN, .revents = 0},
                                     {.fd = is_alone() ? task_.out[0] : -1, .events = POLLIN, .revents = 0},
                                     {.fd = is_alone() ? task_.err[0] : -1, .events = POLLIN, .revents = 0}}};
    ::poll(polled.data(), polled.size(), patience());
    if (polled[0].revents != 0) {
      obey();
    }
    if (polled[1].revents != 0) {
      signalfd_siginfo ignored{};
      while (::read(deaths_, &ignored, sizeof ignored) > 0) {
      }
    }
    if (polled[2].revents != 0) {
      drain(task_.out[0]);
    }
    if (polled[3].revents != 0) {
      drain(task_.err[0]);
    }
    keep_time();
  }

  int patience() const {
    std::optional<Clock::time_point> until = is_cut() ? kill_at_ : deadline_;
    int patience = has_ended_ ? static_cast<int>(kPause.count()) : -1;
    if (until) {
      const auto left = std::chrono::ceil<milliseconds>(*until - Clock::now()).count();
      const int bounded = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
      patience = patience < 0 ? bounded : std::min(patience, bounded);
    }
    return patience;
  }

  void obey() {
    SupervisorOrder order{};
    const ssize_t got = ::recv(task_.control, &order, sizeof order, MSG_DONTWAIT);
    if (got < 0) {
      return;  // ECONNRESET: the other side has gone before it read all; the end comes next
    }
    if (got == 0) {
      go_on_alone();
    } else if (order == SupervisorOrder::input_end) {
      close_fd(task_.in[1]);
      task_.has_input = false;
    } else if (order == SupervisorOrder::release) {
      is_released_ = true;
    } else if (order == SupervisorOrder::cut) {
      cut();
    }
  }

  void go_on_alone() {
    close_fd(task_.control);
    deadline_ = Clock::now() + task_.timeout;
    if (!task_.must_finish || task_.has_input) {
      cut();
    }
  }

  void drain(int& fd) {
    std::array<char, 4096> buffer{};
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
      close_fd(fd);
    }
  }

  /// The first time SIGTERM and some time, then SIGKILL.
  void cut() {
    end_all(is_cut() ? SIGKILL : SIGTERM);
    kill_at_ = Clock::now() + (is_cut() ? kPause : kGrace);
  }

  void keep_time() {
    const Clock::time_point now = Clock::now();
    if (is_cut() ? now >= *kill_at_ : deadline_ && now >= *deadline_) {
      cut();
    }
  }

  /// At once to the group, so that nobody in it sees another one's end first; then to the rest.
  void end_all(int signal) const {
    if (!has_ended_) {
      ::kill(-program_, signal);
    }
    signal_session(session_, signal);
  }

  SupervisorTask task_;
  pid_t session_;
  pid_t program_ = 0;
  int deaths_ = -1;
  unsigned reaped_ = 0;
  bool has_ended_ = false;
  bool is_released_ = false;
  std::optional<Clock::time_point> kill_at_;
  std::optional<Clock::time_point> deadline_;
};

}  // namespace

void supervise(const SupervisorTask& task) {
  Supervisor(task).live();
  ::_exit(0);
}

}  // namespace bundle
