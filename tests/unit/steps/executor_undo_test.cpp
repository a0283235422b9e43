#include "steps/executor.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>

#include "base/hash.hpp"
#include "base/interrupt.hpp"
#include "support/in_child.hpp"
#include "support/thrown.hpp"
#include "support/undo_by_journal.hpp"
#include "unit/steps/scripted.hpp"

// The second half of the executor: undo by the journal.
namespace bundle {
namespace {

using steps::Journal;
using steps::StepState;
using test::ScriptedHost;
using test::thrown_by;
using Ids = std::vector<std::string>;

/// Has `undo KEY` run as a program, so that a test sees it and may let it fail.
void undo_scripted(host::Host& host, const steps::Change& change) { host.run({"undo", change.key}); }

constexpr std::array kUndos{steps::UndoRow{.type = "scripted", .undo = undo_scripted}};

/// Steps x (a, b) and y (c), done.
struct Installed : ScriptedHost {
  Installed() {
    runner.on({"undo"}, CommandResult{});
    steps::Plan made = plan("x", {"a", "b"});
    made.push_back(step("y", {"c"}));
    execute(made);
  }
  Ids undo(const std::string& step) {
    Journal kept(journal_file, Journal::Access::write);
    return test::undo(host, kept, step, kUndos);
  }
  StepState state_of(const std::string& step) const { return journal().find(step)->state; }
};

}  // namespace

TEST_CASE("undo takes the last step and the last change first") {
  Installed fake;
  CHECK(fake.undo("") == Ids{"y", "x"});
  CHECK(fake.runner.ran() == Ids{"undo c", "undo b", "undo a"});
  CHECK(fake.state_of("x") == StepState::undone);
  CHECK(fake.state_of("y") == StepState::undone);
}

TEST_CASE("undo of one step leaves the others, and a whole undo leaves what is undone") {
  Installed fake;
  CHECK(fake.undo("x") == Ids{"x"});
  CHECK(fake.runner.ran() == Ids{"undo b", "undo a"});
  CHECK(fake.state_of("y") == StepState::done);
  CHECK(fake.undo("") == Ids{"y"});
  CHECK(fake.runner.ran() == Ids{"undo b", "undo a", "undo c"});
  CHECK(fake.undo("").empty());
}

TEST_CASE("undo of a step is refused with the names of those that build on it, also by way of others") {
  ScriptedHost fake;
  fake.runner.on({"undo"}, CommandResult{});
  steps::Plan plan;
  for (const auto& [id, needs] :
       std::vector<std::pair<std::string, Ids>>{{"packages", {}},
                                                {"hosts", {}},
                                                {"containerd", {"packages"}},
                                                {"init", {"containerd", "hosts"}}}) {
    plan.push_back(fake.step(id, {id}));
    plan.back().needs = needs;
  }
  fake.execute(plan);
  const auto undo = [&](const std::string& step, steps::Undermine undermine = steps::Undermine::no) {
    Journal kept(fake.journal_file, Journal::Access::write);
    return test::undo(fake.host, kept, step, kUndos, undermine);
  };
  const Error error = thrown_by([&] { undo("packages"); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.message() == "the step 'packages' cannot be undone alone: init, containerd build on it");
  CHECK(
      test::holds(error.hint(), "undo in this order: init, containerd, packages; or all: bundle undo --all"));
  CHECK(thrown_by([&] { undo("hosts"); }).message() ==
        "the step 'hosts' cannot be undone alone: init builds on it");
  CHECK(fake.runner.ran().empty());
  CHECK(undo("init") == Ids{"init"});
  CHECK(undo("hosts") == Ids{"hosts"});  // what is undone builds on nothing
  CHECK(undo("packages", steps::Undermine::yes) == Ids{"packages"});
  CHECK(undo("") == Ids{"containerd"});
}

TEST_CASE("steps that have begun or failed hold what they build on, also when that began anew after them") {
  ScriptedHost fake;
  fake.runner.on({"undo"}, CommandResult{});
  Journal journal(fake.journal_file, Journal::Access::write);
  journal.begin("a", "", {}, 1);
  journal.begin("b", "", {}, 1, {"a"});
  journal.failed("b", "x", 2);
  CHECK_THROWS_AS(test::undo(fake.host, journal, "a", kUndos), Error);
  test::undo(fake.host, journal, "a", kUndos, steps::Undermine::yes);
  journal.begin("a", "", {}, 3);
  CHECK_THROWS_AS(test::undo(fake.host, journal, "a", kUndos), Error);
}

TEST_CASE("by a journal that does not say what builds on what, all that came later does") {
  ScriptedHost fake;
  fake.runner.on({"undo"}, CommandResult{});
  std::string text;
  for (const std::string id : {"a", "b"}) {
    const std::string record = json::canonical(json::Object{
        {"at", 1}, {"changes", json::Array()}, {"event", "begin"}, {"inputs", ""}, {"step", id}});
    text += sha256_hex(record).substr(0, 16) + " " + record + "\n";
  }
  write_file_atomically(fake.journal_file, text);
  Journal journal(fake.journal_file, Journal::Access::write);
  CHECK(test::holds(thrown_by([&] { test::undo(fake.host, journal, "a", kUndos); }).message(),
                    "b builds on it"));
  CHECK(test::undo(fake.host, journal, "b", kUndos) == Ids{"b"});
}

TEST_CASE("undo refuses a step that was never done, or is undone already") {
  Installed fake;
  fake.undo("x");
  for (const std::string id : {"x", "z"}) {
    CAPTURE(id);
    const Error error = thrown_by([&] { fake.undo(id); });
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.message() == "no step '" + id + "' has been done here");
    CHECK(error.hint() == "bundle status shows which ones have");
  }
}

TEST_CASE(
    "an undo that fails in the middle says where, and is done from its beginning when it is called again") {
  Installed fake;
  fake.runner.on({"undo", "a"}, {.status = 1, .out = "", .err = "busy\n"});
  const Error error = thrown_by([&] { fake.undo(""); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(test::holds(error.message(), "busy"));
  CHECK(error.context() == Ids{"undoing step x", "writing the log /var/lib/bundle/log/x.log"});
  CHECK(fake.state_of("y") == StepState::undone);
  CHECK(fake.state_of("x") == StepState::undoing);
  fake.runner.on({"undo", "a"}, CommandResult{});
  CHECK(fake.undo("") == Ids{"x"});
  CHECK(fake.runner.ran() == Ids{"undo c", "undo b", "undo a", "undo b", "undo a"});
  CHECK(fake.state_of("x") == StepState::undone);
}

TEST_CASE("a failure stops the undo: what was there before is not touched while what came later stays") {
  Installed fake;
  fake.runner.on({"undo", "c"}, {.status = 1});
  CHECK_THROWS_AS(fake.undo(""), Error);
  CHECK(fake.runner.ran() == Ids{"undo c"});
  CHECK(fake.state_of("y") == StepState::undoing);
  CHECK(fake.state_of("x") == StepState::done);
}

TEST_CASE("an undo that is asked to stop does so before the next change, and is gone on with later") {
  Installed fake;
  const int code = test::in_child([&] {
    watch_interrupts();
    fake.runner.on({"undo", "b"}, [](const Command&) {
      ::raise(SIGTERM);
      return CommandResult{};
    });
    try {
      fake.undo("");
    } catch (const Error& error) {
      return error.kind() == ErrorKind::interrupted && fake.runner.ran() == Ids{"undo c", "undo b"} ? 42 : 2;
    }
    return 1;
  });
  CHECK(code == 42);
  CHECK(fake.state_of("y") == StepState::undone);
  CHECK(fake.state_of("x") == StepState::undoing);
  CHECK(fake.undo("") == Ids{"x"});
}

TEST_CASE("steps that have begun, failed or were half undone are undone too") {
  ScriptedHost fake;
  fake.runner.on({"undo"}, CommandResult{});
  Journal journal(fake.journal_file, Journal::Access::write);
  for (const std::string id : {"begun", "failed", "undoing", "undone"}) {
    journal.begin(id, "", {{.type = "scripted", .key = id, .before = {}}}, 1);
  }
  journal.failed("failed", "x", 2);
  journal.undoing("undoing", 2);
  journal.undone("undone", 2);
  CHECK(test::undo(fake.host, journal, "", kUndos) == Ids{"undoing", "failed", "begun"});
  CHECK(fake.runner.ran() == Ids{"undo undoing", "undo failed", "undo begun"});
}

TEST_CASE("what an earlier version of the plan changed is undone last") {
  ScriptedHost fake;
  fake.runner.on({"undo"}, CommandResult{});
  fake.execute(fake.plan("x", {"a", "b", "c"}, "old"));
  fake.execute(fake.plan("x", {"d", "b"}, "new"));
  Journal journal(fake.journal_file, Journal::Access::write);
  test::undo(fake.host, journal, "x", kUndos);
  CHECK(fake.runner.ran() == Ids{"undo b", "undo d", "undo c", "undo a"});
}

TEST_CASE("the journal says that a step is being undone before its first change is") {
  Installed fake;
  fake.runner.on({"undo", "b"}, [&](const Command&) {
    CHECK(fake.state_of("x") == StepState::undoing);
    CHECK(fake.state_of("y") == StepState::done);
    return CommandResult{};
  });
  fake.undo("x");
}

TEST_CASE("commands of an undo are in the step's log") {
  Installed fake;
  fake.runner.on({"undo", "c"}, {.status = 3, .out = "out\n", .err = "err\n"});
  CHECK_THROWS_AS(fake.undo("y"), Error);
  CHECK(fake.get("/var/lib/bundle/log/y.log") == "$ undo c\nout\nerr\n-> 3\n");
}

TEST_CASE("a step whose beginning the journal has lost is left with all others undone, and named") {
  Installed fake;
  const std::string whole = read_file(fake.journal_file, 1 << 20);
  const std::size_t begin = whole.find(R"("event":"begin")");
  std::string bad = whole;
  bad[begin] = 'x';  // of x
  write_file_atomically(fake.journal_file, bad);
  CHECK(thrown_by([&] { fake.undo(""); }).kind() == ErrorKind::integrity);
  Journal kept(fake.journal_file, Journal::Access::write, Journal::Damage::pass_over);
  const Error error = thrown_by([&] { test::undo(fake.host, kept, "x", kUndos); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(error.message() == "what step x changed cannot be read in the journal");
  CHECK(error.hint() == "undo it by hand; its log: /var/lib/bundle/log/x.log");
  CHECK(test::undo(fake.host, kept, "", kUndos) == Ids{"y"});
  CHECK(fake.runner.ran() == Ids{"undo c"});
  CHECK(kept.find("x")->state == StepState::done);
}

TEST_CASE("a change that nobody here can undo stops the undo of its step") {
  Installed fake;
  Journal journal(fake.journal_file, Journal::Access::write);
  journal.begin("z", "", {{.type = "of tomorrow", .key = "k", .before = {}}}, 1);
  const Error error = thrown_by([&] { test::undo(fake.host, journal, "", kUndos); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(error.message() == "this version cannot undo a change of type 'of tomorrow' (k)");
  CHECK(journal.find("z")->state == StepState::undoing);
  CHECK(fake.runner.ran().empty());
}

}  // namespace bundle
