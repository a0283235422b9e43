#include "base/supervisor.hpp"

#include <doctest/doctest.h>

#include "base/interrupt.hpp"
#include "base/log.hpp"
#include "base/proc.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "base/work_lock.hpp"
#include "support/forked.hpp"
#include "support/thrown.hpp"

// Programs below a supervisor, whose starter is killed, told to stop, or fine.
namespace bundle {
namespace {

using test::Forked;
using test::Trace;

struct Place {
  TempDir dir;
  Trace trace{dir.path() / "trace"};
  std::filesystem::path lock = dir.path() / "lock";

  std::string file(const std::string& name) const { return (dir.path() / name).string(); }
  bool has(const std::string& name) const { return std::filesystem::exists(dir.path() / name); }
  std::string say(char letter) const { return std::string("echo ") + letter + " >" + trace.path() + "; "; }
  bool is_locked() const {
    const UniqueFd fd = open_file(lock, OpenMode::create_or_open);
    return ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0;
  }

  /// Runs a script in a process of its own, under the lock; what that says comes into `stderr`.
  Forked start(const std::string& script, WhenStopped when_stopped) const {
    return Forked([=, this] {
      watch_interrupts();
      const UniqueFd sink = open_file(file("stderr"), OpenMode::create_new);
      ::dup2(sink.get(), 2);  // NOLINT(android-cloexec-*): stderr is inherited
      WorkLock held(lock, "bundle install", 1);
      Log log(LogLevel::quiet, false);
      PosixRunner runner(&log);
      runner.keep(&held);
      const Command command{.argv = {"sh", "-c", script}, .when_stopped = when_stopped};
      const int status = runner.run(command).status;
      const bool begins_more = stops_asked() > 1 && test::thrown_by([&] {
                                                      runner.run({.argv = {"true"}});
                                                    }).kind() != ErrorKind::interrupted;
      return begins_more ? 1 : status;
    });
  }
  void until_said(const std::string& words) const {
    while (read_file(file("stderr"), 10'000).find(words) == std::string::npos) {
    }
  }
};

pid_t number_in(const std::string& file) {
  return static_cast<pid_t>(parse_unsigned(trim(read_file(file, 100))).value());
}

bool runs(pid_t pid) {
  try {
    const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
    return stat.at(stat.rfind(')') + 2) != 'Z';
  } catch (const Error&) {
    return false;
  }
}

TEST_CASE("who is killed leaves nothing running, and the lock is free only then") {
  Place place;
  // A grandchild that does not listen to SIGTERM, and one in a process group of its own.
  Forked bundle = place.start("trap '' TERM; timeout 1000 sleep 1000 & echo $! >" + place.file("pid") + "; " +
                                  place.say('a') + "sleep 1000; echo >" + place.file("finished"),
                              WhenStopped::cut);
  place.trace.until('a');
  CHECK(place.is_locked());
  bundle.send(SIGKILL);
  CHECK(bundle.wait() == 128 + SIGKILL);
  test::until_unlocked(place.lock);
  CHECK_FALSE(runs(number_in(place.file("pid"))));
  CHECK_FALSE(place.has("finished"));
}

TEST_CASE(
    "what must finish goes on to its end under the lock, meets no broken pipe, and who comes meanwhile is "
    "told") {
  Place place;
  const std::string gate = place.file("gate");
  REQUIRE(::mkfifo(gate.c_str(), 0600) == 0);
  Forked bundle = place.start(place.say('a') + "read line <" + gate +
                                  "; head -c 3000000 /dev/zero || exit 1; echo much >&2 || exit 1; echo >" +
                                  place.file("finished"),
                              WhenStopped::finish);
  place.trace.until('a');
  bundle.send(SIGKILL);
  const int pid = bundle.pid();
  bundle.wait();
  const Error error = test::thrown_by([&] { WorkLock(place.lock, "bundle undo", 2); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(test::holds(error.message(), "a program that it started is still at work on this host: sh -c"));
  CHECK(test::holds(error.message(),
                    "bundle install (pid " + std::to_string(pid) + ", since 1970-01-01T00:00:01Z)"));
  Forked opener([&] {
    const UniqueFd fd(::open(gate.c_str(), O_WRONLY | O_CLOEXEC));
    return ::write(fd.get(), "go\n", 3) == 3 ? 0 : 1;
  });
  test::until_unlocked(place.lock);
  CHECK(place.has("finished"));
}

TEST_CASE("a program never takes the half of its input for the whole") {
  Place place;
  const std::string gate = place.file("gate");
  REQUIRE(::mkfifo(gate.c_str(), 0600) == 0);
  Forked bundle([&] {
    WorkLock held(place.lock, "bundle install", 1);
    PosixRunner runner;
    runner.keep(&held);
    const std::string script = "head -c 4 >/dev/null; " + place.say('a') + "read line <" + gate +
                               "; cat >/dev/null; echo >" + place.file("finished");
    return runner
        .run({.argv = {"sh", "-c", script},
              .input = std::string(5'000'000, 'x'),  // more than a pipe takes
              .when_stopped = WhenStopped::finish})
        .status;
  });
  place.trace.until('a');
  bundle.send(SIGKILL);
  bundle.wait();
  const UniqueFd opened(::open(gate.c_str(), O_RDWR | O_CLOEXEC));
  CHECK(::write(opened.get(), "go\n", 3) == 3);
  test::until_unlocked(place.lock);
  CHECK_FALSE(place.has("finished"));
}

TEST_CASE("a daemon is neither waited for nor ended, and has no lock, even with our output open") {
  Place place;
  const std::string daemon = "(setsid sh -c 'echo $$ >" + place.file("pid") + "; exec sleep 1000' &); " +
                             "while ! [ -s " + place.file("pid") + " ]; do sleep 0.01; done; ";
  SUBCASE("of a program that ends") {
    Forked bundle = place.start(daemon + "exit 3", WhenStopped::cut);
    CHECK(bundle.wait() == 3);
  }
  SUBCASE("of one that is cut off") {
    Forked bundle = place.start(daemon + place.say('a') + "sleep 1000", WhenStopped::cut);
    place.trace.until('a');
    bundle.send(SIGKILL);
    bundle.wait();
  }
  test::until_unlocked(place.lock);
  const pid_t pid = number_in(place.file("pid"));
  CHECK(runs(pid));
  CHECK_NOTHROW(WorkLock(place.lock, "bundle install", 2));
  ::kill(pid, SIGKILL);
}

TEST_CASE("what a program leaves in the background without our output is not waited for") {
  Place place;
  Forked bundle = place.start("sleep 1000 >/dev/null 2>&1 </dev/null & echo $! >" + place.file("pid"),
                              WhenStopped::finish);
  CHECK(bundle.wait() == 0);
  CHECK_FALSE(place.is_locked());
  const pid_t pid = number_in(place.file("pid"));
  CHECK(runs(pid));
  ::kill(pid, SIGKILL);
}

TEST_CASE("when the supervisor is killed as well, the file of the lock still tells") {
  Place place;
  Forked bundle = place.start("echo $$ >" + place.file("pid") + "; " + place.say('a') + "exec sleep 1000",
                              WhenStopped::finish);
  place.trace.until('a');
  const pid_t program = number_in(place.file("pid"));
  const pid_t supervisor = ::getsid(program);
  SUBCASE("with its starter") {
    bundle.send(SIGKILL);
    ::kill(supervisor, SIGKILL);
    bundle.wait();
    test::until_unlocked(place.lock);
    const Error error = test::thrown_by([&] { WorkLock(place.lock, "bundle install", 2); });
    CHECK(error.kind() == ErrorKind::step);
    CHECK(test::holds(error.message(), "is still at work on this host: sh -c"));
    CHECK(runs(program));
    ::kill(program, SIGKILL);
    while (runs(program)) {
    }
    CHECK_NOTHROW(WorkLock(place.lock, "bundle install", 2));
  }
  SUBCASE("alone: its starter waits for the program, and does not know how it ended") {
    ::kill(supervisor, SIGKILL);
    CHECK(runs(program));
    ::kill(program, SIGKILL);
    CHECK(bundle.wait() == static_cast<int>(ErrorKind::step));
  }
}

TEST_CASE("the first request to stop waits for the program, the second ends it, whatever signals they are") {
  for (const auto& [first, second] : {std::pair{SIGINT, SIGINT}, std::pair{SIGHUP, SIGTERM}}) {
    CAPTURE(first);
    Place place;
    Forked bundle =
        place.start("trap 'echo >" + place.file("told") + "' INT HUP; echo $$ >" + place.file("pid") + "; " +
                        place.say('a') + "while :; do sleep 0.01; done",
                    WhenStopped::cut);
    place.trace.until('a');
    bundle.send(first);
    place.until_said("stopping as soon as this has ended (Ctrl-C once more ends it now): sh -c");
    CHECK(runs(number_in(place.file("pid"))));
    bundle.send(second);
    CHECK(bundle.wait() == static_cast<int>(ErrorKind::interrupted));
    CHECK_FALSE(runs(number_in(place.file("pid"))));
    CHECK_FALSE(place.has("told"));
    CHECK_FALSE(place.is_locked());
  }
}

TEST_CASE("what must finish is waited for however often one asks, and that is said") {
  Place place;
  const std::string gate = place.file("gate");
  REQUIRE(::mkfifo(gate.c_str(), 0600) == 0);
  Forked bundle = place.start(place.say('a') + "read line <" + gate + "; exit 5", WhenStopped::finish);
  place.trace.until('a');
  for (const int signal : {SIGINT, SIGHUP, SIGTERM}) {
    bundle.send(signal);
  }
  const UniqueFd fd(::open(gate.c_str(), O_WRONLY | O_CLOEXEC));
  place.until_said("stopping as soon as this has ended, which must not be cut off: sh -c");
  REQUIRE(::write(fd.get(), "go\n", 3) == 3);
  CHECK(bundle.wait() == 5);
}

}  // namespace
}  // namespace bundle
