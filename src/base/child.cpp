#include "base/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/proc.hpp"
#include "base/text.hpp"
#include "base/work_lock.hpp"

extern char** environ;

namespace bundle {
namespace {

Pipe make_pipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) {
    fail_errno("create", "a pipe", errno);
  }
  return {.read_end = UniqueFd(fds[0]), .write_end = UniqueFd(fds[1])};
}

std::array<int, 2> ends(const Pipe& pipe) { return {pipe.read_end.get(), pipe.write_end.get()}; }

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

/// How a program starts: its streams, its folder, the usual signals, a process group of its own.
class SpawnSettings {
 public:
  SpawnSettings(const Command& command, const Pipe& in, const Pipe& out, const Pipe& err) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_adddup2(&actions_, in.read_end.get(), 0);
    posix_spawn_file_actions_adddup2(&actions_, out.write_end.get(), 1);
    posix_spawn_file_actions_adddup2(&actions_, err.write_end.get(), 2);
    if (!command.cwd.empty()) {
      posix_spawn_file_actions_addchdir_np(&actions_, command.cwd.c_str());
    }
    sigset_t none;
    sigset_t usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) {
      sigaddset(&usual, number);
    }
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &usual);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// A copy of this process that only supervises. It has all signals blocked from its first moment on.
pid_t fork_supervisor(const SupervisorTask& task) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) {
    supervise(task);
  }
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) {
    fail(ErrorKind::step, "cannot start a process for a program: {}", std::strerror(error));
  }
  return pid;
}

void set_nonblocking(const UniqueFd& fd) { ::fcntl(fd.get(), F_SETFL, O_NONBLOCK); }

/// Reads what is there; closes at the end of the stream. False when there is nothing now.
bool drain(UniqueFd& fd, std::string& into) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
  if (got > 0) {
    into.append(buffer.data(), static_cast<std::size_t>(got));
  } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
    fd.reset();
  }
  return got > 0;
}

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Child::Child(const Command& command, Input input, ChildSurroundings surroundings)
    : command_(command), surroundings_(surroundings), in_(make_pipe()), out_(make_pipe()), err_(make_pipe()) {
  if (stops_asked() > 1) {
    check_interrupt();
  }
  start(input);
  try {
    deadline_ = Clock::now() + command_.timeout;
    await_start();
  } catch (...) {
    give_up();
    throw;
  }
}

Child::~Child() { give_up(); }

void Child::start(Input input) {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    fail_errno("create", "a pair of sockets", errno);
  }
  control_ = UniqueFd(sockets[0]);
  const UniqueFd other_end(sockets[1]);
  set_nonblocking(in_.write_end);
  set_nonblocking(out_.read_end);
  set_nonblocking(err_.read_end);
  std::vector<std::string> argv = command_.argv;
  std::vector<std::string> env = environment_of(command_);
  std::vector<char*> argv_pointers = pointers_to(argv);
  std::vector<char*> env_pointers = pointers_to(env);
  const std::string program = program_of(command_, env);
  const SpawnSettings settings(command_, in_, out_, err_);
  supervisor_ = fork_supervisor({.program = program.c_str(),
                                 .argv = argv_pointers.data(),
                                 .env = env_pointers.data(),
                                 .actions = settings.actions(),
                                 .attributes = settings.attributes(),
                                 .control = other_end.get(),
                                 .lock = surroundings_.lock == nullptr ? -1 : surroundings_.lock->fd(),
                                 .in = ends(in_),
                                 .out = ends(out_),
                                 .err = ends(err_),
                                 .has_input = input == Input::comes,
                                 .must_finish = command_.when_stopped == WhenStopped::finish,
                                 .timeout = command_.timeout});
  if (input == Input::none) {
    in_.write_end.reset();
  }
  in_.read_end.reset();
  out_.write_end.reset();
  err_.write_end.reset();
}

/// The lock's file knows the session before anything runs in it.
void Child::await_start() {
  if (surroundings_.lock != nullptr) {
    surroundings_.lock->started(supervisor_, to_string(command_));
  }
  order(SupervisorOrder::go);
  SupervisorReport report;
  ssize_t got = 0;
  do {
    got = ::recv(control_.get(), &report, sizeof report, 0);
  } while (got < 0 && (errno == EINTR || errno == ECONNRESET));
  if (got != sizeof report) {
    fail_ended("its supervisor was killed");
  }
  if (report.kind == SupervisorReport::Kind::cannot_start) {
    fail(ErrorKind::usage, "cannot run {}: {}", command_.argv[0], std::strerror(report.value));
  }
}

void Child::write(Bytes bytes) {
  while (!bytes.empty()) {
    if (!in_.write_end || status_) {
      throw StoppedReading();
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

void Child::close_input() {
  in_.write_end.reset();
  order(SupervisorOrder::input_end);
}

CommandResult Child::finish() {
  close_input();
  while (control_ && !(status_ && !out_.read_end && !err_.read_end)) {
    wait_and_read();
  }
  // Only daemons can have these open now.
  while (out_.read_end && read_output()) {
  }
  while (err_.read_end && drain(err_.read_end, result_.err)) {
  }
  if (!status_) {
    end_orphans(command_.when_stopped);
    fail_ended("its supervisor was killed");
  }
  order(SupervisorOrder::release);
  forget();
  result_.status = exit_code_of(*status_);
  return std::move(result_);
}

void Child::wait_and_read() {
  check_limits();
  obey_stops();
  std::array<pollfd, 4> polled = {{{.fd = out_.read_end.get(), .events = POLLIN, .revents = 0},
                                   {.fd = err_.read_end.get(), .events = POLLIN, .revents = 0},
                                   {.fd = in_.write_end.get(), .events = POLLOUT, .revents = 0},
                                   {.fd = control_.get(), .events = POLLIN, .revents = 0}}};
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
  ::poll(polled.data(), polled.size(), static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000)));
  if (polled[0].revents != 0) {
    read_output();
  }
  if (polled[1].revents != 0) {
    drain(err_.read_end, result_.err);
  }
  if (polled[3].revents != 0) {
    listen();
  }
}

bool Child::read_output() {
  const bool has_more = drain(out_.read_end, result_.out);
  if (!command_.keeps_output) {
    result_.out.clear();
  }
  return has_more;
}

void Child::listen() {
  SupervisorReport report;
  const ssize_t got = ::recv(control_.get(), &report, sizeof report, MSG_DONTWAIT);
  if (got == sizeof report && report.kind == SupervisorReport::Kind::program_ended) {
    status_ = report.value;
  } else if (got == 0) {
    control_.reset();
  }  // ECONNRESET: it has ended before it read all orders; what it said itself comes next
}

void Child::order(SupervisorOrder what) const {
  if (control_) {
    ::send(control_.get(), &what, sizeof what, MSG_NOSIGNAL);
  }
}

/// Ends what runs, when anything does.
void Child::give_up() {
  if (supervisor_ > 0) {
    order(SupervisorOrder::cut);
    await_supervisor();
    end_orphans(WhenStopped::cut);
    forget();
  }
}

/// Its number stays taken, and so the session's.
void Child::await_supervisor() const {
  siginfo_t ignored{};
  while (::waitid(P_PID, static_cast<id_t>(supervisor_), &ignored, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
}

/// There are none, unless somebody killed the supervisor.
void Child::end_orphans(WhenStopped how) const {
  constexpr std::chrono::milliseconds kPause{20};
  while (has_members(supervisor_)) {
    if (how == WhenStopped::cut || Clock::now() >= deadline_) {
      signal_session(supervisor_, SIGKILL);
    }
    std::this_thread::sleep_for(kPause);
  }
}

void Child::forget() {
  int ignored = 0;
  while (::waitpid(supervisor_, &ignored, 0) < 0 && errno == EINTR) {
  }
  if (surroundings_.lock != nullptr) {
    surroundings_.lock->ended(supervisor_);
  }
  supervisor_ = 0;
}

void Child::check_limits() const {
  if (Clock::now() >= deadline_) {
    fail_ended(fmt::format("it took longer than {} s", command_.timeout.count()));
  }
  if (std::max(result_.out.size(), result_.err.size()) > command_.output_limit_bytes) {
    fail_ended(fmt::format("it printed more than {}", format_size(command_.output_limit_bytes)));
  }
}

void Child::obey_stops() {
  const int stops = stops_asked();
  if (stops == 0) {
    return;
  }
  if (stops > 1 && command_.when_stopped == WhenStopped::cut) {
    throw Error(ErrorKind::interrupted, fmt::format("stopped as asked; {} was ended", to_string(command_)));
  }
  say_what_is_awaited(stops);
}

void Child::say_what_is_awaited(int stops) const {
  if (surroundings_.log == nullptr || surroundings_.stops_said == nullptr ||
      surroundings_.stops_said->exchange(stops) >= stops) {
    return;
  }
  const std::string words = escaped(to_string(command_), 200);
  if (command_.when_stopped == WhenStopped::finish) {
    surroundings_.log->warn("stopping as soon as this has ended, which must not be cut off: " + words);
  } else {
    surroundings_.log->warn("stopping as soon as this has ended (Ctrl-C once more ends it now): " + words);
  }
}

void Child::fail_ended(const std::string& reason) const {
  fail(ErrorKind::step, "{} was ended: {}", to_string(command_), reason);
}

}  // namespace bundle
