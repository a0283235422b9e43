#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <random>

#include "base/interrupt.hpp"
#include "base/work_lock.hpp"
#include "host/state_folder.hpp"
#include "steps/executor.hpp"
#include "support/forked.hpp"
#include "support/thrown.hpp"
#include "support/undo_by_journal.hpp"

// What a signal proves has nothing to do with the disk; with it, 200 moments take minutes on a busy machine.
extern "C" void sync() noexcept {}

// Installations and undos of a plan of real programs, which get signals at 200 moments: programs of two runs
// are never at work at once, the journal can always be read, the end is always the same.
namespace bundle::steps {
namespace {

using test::Forked;
using test::Trace;

constexpr int kSeed = 10;
constexpr int kMoments = 200;
constexpr int kMomentsOfSite = 20;
constexpr int kRefused = static_cast<int>(ErrorKind::step);
constexpr int kInterrupted = static_cast<int>(ErrorKind::interrupted);

/// Each program of the plan takes the lock `busy` for as long as it or a child of it runs, and says so when
/// another has it. It says how far it is by letters. A thing is there whole or not at all. `packages` must
/// not be cut off: what it left half is noted by the next one.
constexpr const char* kProgram = R"(
folder=$1 name=$2 verb=$3
say() { echo "$1" >"$folder/trace"; }
[ -e "$folder/daemon" ] || setsid sh -c 'echo $$ >"$0"; exec sleep 1000' "$folder/daemon" >/dev/null 2>&1 </dev/null &
exec 9>>"$folder/busy"
flock -n 9 || echo "$verb $name" >>"$folder/clashes"
say a
if [ -e "$folder/half" ]; then
  read half <"$folder/half"
  [ "$half" != packages ] || echo "$verb $name" >>"$folder/cuts"
fi
echo "$name" >"$folder/half"
say b
case $verb in
  install) (say c; echo "$name" >"$folder/new" && mv "$folder/new" "$folder/things/$name") ;;
  undo) (say c; rm -f "$folder/things/$name") ;;
esac
rm "$folder/half"
say d
)";

Command program(const std::string& folder, const std::string& name, const std::string& verb) {
  return {.argv = {"sh", "-c", kProgram, "sh", folder, name, verb},
          .when_stopped = name == "packages" ? WhenStopped::finish : WhenStopped::cut};
}

class Thing final : public Action {
 public:
  explicit Thing(std::string name) : name_(std::move(name)) {}
  std::string describe() const override { return name_ + "\n"; }
  json::Object inputs() const override { return {{"thing", name_}}; }
  bool is_done(Context& context) override { return context.host.exists("/things/" + name_); }
  Change capture(Context& /*context*/) override { return {.type = "thing", .key = name_, .before = {}}; }
  void apply(Context& context) override {
    run_checked(context.host.runner, program(context.host.root.string(), name_, "install"));
  }

 private:
  std::string name_;
};

void undo_thing(host::Host& host, const Change& change) {
  run_checked(host.runner, program(host.root.string(), change.key, "undo"));
}

constexpr std::array<UndoRow, 1> kUndo{{{"thing", undo_thing}}};

struct Site {
  TempDir dir;
  Trace trace{dir.path() / "trace"};
  std::filesystem::path lock = dir.path() / "run/lock";
  std::filesystem::path journal = dir.path() / "journal";

  Site() { make_folders(dir.path() / "things"); }
  ~Site() {
    if (const std::string pid = text("daemon"); !pid.empty()) {
      ::kill(std::stoi(pid), SIGKILL);
    }
  }
  std::string text(const std::string& name) const {
    return std::filesystem::exists(dir.path() / name) ? read_file(dir.path() / name, 10'000) : std::string();
  }
  std::string things() const {
    std::string all;
    for (const std::string& name : list_folder(dir.path() / "things")) {
      all += name + "=" + text("things/" + name);
    }
    return all;
  }

  /// What `bundle install` or `bundle undo --all` is, in this process; says z on the trace at its end.
  int work(bool is_undo) const {
    watch_interrupts();
    Log log(LogLevel::quiet, false);
    PosixRunner runner;
    NoProgress progress;
    host::Host host{
        .root = dir.path(), .runner = runner, .log = log, .progress = progress, .now = [] { return 7; }};
    int code = 0;
    try {
      WorkLock held(lock, "bundle", 1);
      runner.keep(&held);
      Journal records(journal, Journal::Access::write);
      if (is_undo) {
        test::undo(host, records, "", kUndo);
      } else {
        Plan plan;
        for (const std::string name : {"files", "packages"}) {
          plan.push_back({.id = name, .title = name});
          plan.back().add(std::make_unique<Thing>(name));
        }
        execute(host, plan, records);
      }
    } catch (const Error& error) {
      code = static_cast<int>(error.kind());
    }
    const UniqueFd fd(::open(trace.path().c_str(), O_WRONLY | O_CLOEXEC));
    return ::write(fd.get(), "z\n", 2) == 2 ? code : 255;
  }
};

/// Where signals come, and which. The letters of a whole run are 8 or less.
struct Moment {
  int letters = 0;
  std::vector<int> signals;
};

Moment moment(std::mt19937& random) {
  static const std::vector<std::vector<int>> kSignals = {{SIGKILL}, {SIGKILL},        {SIGHUP},
                                                         {SIGINT},  {SIGHUP, SIGINT}, {SIGINT, SIGINT}};
  return {.letters = static_cast<int>(random() % 8), .signals = kSignals[random() % kSignals.size()]};
}

/// Runs to that moment. Returns the exit code.
int run_until(Site& site, bool is_undo, const Moment& moment) {
  Forked bundle([&] { return site.work(is_undo); });
  bool has_ended = false;
  for (int i = 0; i < moment.letters && !has_ended; ++i) {
    has_ended = site.trace.next() == 'z';
  }
  for (const int signal : moment.signals) {
    bundle.send(signal);
  }
  return bundle.wait();
}

TEST_CASE("200 signals: never two at work, never an unreadable journal, always the same end") {
  std::optional<Site> place;
  std::mt19937 random(kSeed);
  std::map<int, int> codes;
  int refusals = 0;
  int ends = 0;
  bool is_undo = false;
  for (int i = 0; i < kMoments; ++i) {
    if (i % kMomentsOfSite == 0) {
      place.emplace();
      is_undo = false;
    }
    Site& site = *place;
    const Moment now = moment(random);
    CAPTURE(i);
    CAPTURE(now.letters);
    CAPTURE(now.signals.front());
    const int code = run_until(site, is_undo, now);
    ++codes[code];
    REQUIRE((code == 0 || code == kInterrupted || code == 128 + SIGKILL || code == 128 + SIGHUP ||
             code == 128 + SIGINT));
    // Who types it again at once is refused as long as a program of the killed one runs.
    Forked next([&] { return site.work(is_undo); });
    const int next_code = next.wait();
    REQUIRE((next_code == 0 || next_code == kRefused));
    refusals += next_code == kRefused ? 1 : 0;
    if (std::filesystem::exists(site.lock)) {
      test::until_unlocked(site.lock);
    }
    site.trace.forget();
    REQUIRE(site.text("clashes") == "");
    REQUIRE(site.text("cuts") == "");
    REQUIRE_NOTHROW(Journal(site.journal, Journal::Access::read));
    if (next_code == 0) {
      REQUIRE(site.things() == (is_undo ? "" : "files=files\npackages=packages\n"));
      is_undo = !is_undo;
      ++ends;
    }
  }
  // All of it really happened.
  CHECK(codes[128 + SIGKILL] > 20);
  CHECK(codes[kInterrupted] > 20);
  CHECK(refusals > 0);
  CHECK(ends > 50);
}

}  // namespace
}  // namespace bundle::steps
