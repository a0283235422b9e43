#include "steps/executor.hpp"

#include <doctest/doctest.h>

#include <csignal>

#include "base/interrupt.hpp"
#include "support/in_child.hpp"
#include "support/thrown.hpp"
#include "unit/steps/scripted.hpp"

// Steps that were cut off, failed or stopped, and the next try.
namespace bundle {
namespace {

using test::ScriptedHost;
using test::thrown_by;
using Outcome = steps::StepResult::Outcome;
using steps::StepState;
using Calls = std::vector<std::string>;

/// Caught by nobody in the installer.
struct PowerCut {};

}  // namespace

TEST_CASE("a step with other inputs that was cut off before it applied them is applied by the next try") {
  for (const std::string point : {"apply a", "apply b", "verify b"}) {
    CAPTURE(point);
    ScriptedHost fake;
    fake.execute(fake.plan("x", {"a", "b"}, "old"));
    fake.script.during[point] = [] { throw PowerCut(); };
    CHECK_THROWS_AS(fake.execute(fake.plan("x", {"a", "b"}, "new")), PowerCut);
    fake.script.during.clear();
    fake.script.take();
    CHECK(fake.execute(fake.plan("x", {"a", "b"}, "new"))[0].outcome == Outcome::done);
    CHECK(fake.script.take() ==
          Calls{"capture a", "capture b", "apply a", "verify a", "apply b", "verify b"});
    CHECK(fake.execute(fake.plan("x", {"a", "b"}, "new"))[0].outcome == Outcome::already_done);
  }
}

TEST_CASE("a step that was cut off within other inputs is applied again also with those from before") {
  ScriptedHost fake;
  fake.execute(fake.plan("x", {"a", "b"}, "old"));
  fake.script.during["apply b"] = [] { throw PowerCut(); };
  CHECK_THROWS_AS(fake.execute(fake.plan("x", {"a", "b"}, "new")), PowerCut);  // a is new now
  fake.script.during.clear();
  fake.script.take();
  CHECK(fake.execute(fake.plan("x", {"a", "b"}, "old"))[0].outcome == Outcome::done);
  CHECK(fake.script.take() == Calls{"capture a", "capture b", "apply a", "verify a", "apply b", "verify b"});
}

TEST_CASE("a step with other inputs that failed, or was half undone, is applied by the next try") {
  ScriptedHost fake;
  fake.execute(fake.plan("x", {"a"}, "old"));
  fake.script.during["apply a"] = [] { throw Error(ErrorKind::step, "disk on fire"); };
  CHECK(thrown_by([&] { fake.execute(fake.plan("x", {"a"}, "new")); }).message() == "disk on fire");
  CHECK(fake.journal().find("x")->state == StepState::failed);
  fake.script.during.clear();
  CHECK(fake.execute(fake.plan("x", {"a"}, "new"))[0].outcome == Outcome::done);

  steps::Journal(fake.journal_file, steps::Journal::Access::write).undoing("x", 1);
  CHECK(fake.execute(fake.plan("x", {"a"}, "newest"))[0].outcome == Outcome::done);
}

TEST_CASE("a step that was undone owes nothing to the inputs that it had") {
  ScriptedHost fake;
  fake.execute(fake.plan("x", {"a"}, "old"));
  steps::Journal(fake.journal_file, steps::Journal::Access::write).undone("x", 1);
  CHECK(fake.execute(fake.plan("x", {"a"}, "new"))[0].outcome == Outcome::already_done);
  CHECK(fake.journal().find("x")->state == StepState::undone);
}

TEST_CASE("a step that has begun and is all there is finished without being applied") {
  ScriptedHost fake;
  fake.script.during["verify b"] = [] { throw PowerCut(); };
  CHECK_THROWS_AS(fake.execute(fake.plan("x", {"a", "b"})), PowerCut);
  CHECK(fake.journal().find("x")->state == StepState::begun);
  fake.script.during.clear();
  fake.script.take();
  CHECK(fake.execute(fake.plan("x", {"a", "b"}))[0].outcome == Outcome::already_done);
  CHECK(fake.script.take() == Calls{"is_done a", "is_done b", "verify a", "verify b"});
  const steps::Journal journal = fake.journal();
  CHECK(journal.find("x")->state == StepState::done);
  CHECK(journal.find("x")->changes.size() == 2);
}

TEST_CASE("a step that seems to be all there but does not verify is a failure, as any other") {
  ScriptedHost fake;
  fake.script.during["apply b"] = [&] {
    fake.script.done.insert("b");
    throw PowerCut();
  };
  CHECK_THROWS_AS(fake.execute(fake.plan("x", {"a", "b"})), PowerCut);
  fake.script.during = {{"verify b", [] { throw Error(ErrorKind::step, "b lies"); }}};
  const Error error = thrown_by([&] { fake.execute(fake.plan("x", {"a", "b"})); });
  CHECK(error.message() == "b lies");
  CHECK(error.hint() == "look at x");
  CHECK(fake.journal().find("x")->state == StepState::failed);
  CHECK(fake.journal().find("x")->error == "b lies");
}

TEST_CASE("what an action lost since it was applied is applied again, and the rest is only verified") {
  ScriptedHost fake;
  fake.execute(fake.plan("x", {"a", "b"}));
  fake.script.done.erase("b");
  fake.script.take();
  CHECK(fake.execute(fake.plan("x", {"a", "b"}))[0].outcome == Outcome::done);
  CHECK(fake.script.take() == Calls{"is_done a", "is_done b", "capture a", "capture b", "is_done a",
                                    "verify a", "is_done b", "apply b", "verify b"});
}

TEST_CASE("a second try keeps what was there first, and follows what is about to be written") {
  ScriptedHost fake;
  fake.script.during["apply a"] = [] { throw PowerCut(); };
  CHECK_THROWS_AS(fake.execute(fake.plan("x", {"a"}, "old")), PowerCut);
  fake.script.during.clear();
  fake.execute(fake.plan("x", {"a"}, "new"));
  CHECK(fake.journal().find("x")->changes ==
        std::vector<steps::Change>{
            {.type = "scripted", .key = "a", .before = {{"ours", "new"}, {"was", "before old"}}}});
}

TEST_CASE("a change that the step no longer makes is kept, before the others and as it was") {
  ScriptedHost fake;
  fake.execute(fake.plan("x", {"a", "b", "c"}, "old"));
  fake.execute(fake.plan("x", {"d", "b"}, "new"));
  std::vector<std::string> rows;
  const steps::Journal journal = fake.journal();
  for (const steps::Change& change : journal.find("x")->changes) {
    rows.push_back(change.key + ": " + json::canonical(change.before));
  }
  CHECK(rows == std::vector<std::string>{
                    R"(a: {"ours":"old","was":"before old"})", R"(c: {"ours":"old","was":"before old"})",
                    R"(d: {"ours":"new","was":"before new"})", R"(b: {"ours":"new","was":"before old"})"});
}

TEST_CASE("after an undo everything is captured anew, and what was dropped is forgotten") {
  ScriptedHost fake;
  fake.execute(fake.plan("x", {"a", "b"}, "old"));
  steps::Journal(fake.journal_file, steps::Journal::Access::write).undone("x", 1);
  fake.script.done.clear();
  fake.execute(fake.plan("x", {"a"}, "new"));
  CHECK(fake.journal().find("x")->changes ==
        std::vector<steps::Change>{
            {.type = "scripted", .key = "a", .before = {{"ours", "new"}, {"was", "before new"}}}});
}

TEST_CASE("a stop that was asked for ends before the next action, is no failure, and the next run goes on") {
  ScriptedHost fake;
  steps::Plan plan = fake.plan("x", {"a", "b"});
  plan.push_back(fake.step("y", {"c"}));
  const int code = test::in_child([&] {
    watch_interrupts();
    fake.script.during["verify a"] = [] { ::raise(SIGINT); };
    try {
      fake.execute(plan);
    } catch (const Error& error) {
      return error.kind() == ErrorKind::interrupted && error.hint() == "look at x" &&
                     fake.script.calls.back() == "verify a"
                 ? 42
                 : 2;
    }
    return 1;
  });
  CHECK(code == 42);
  {
    const steps::Journal journal = fake.journal();
    REQUIRE(journal.find("x") != nullptr);
    CHECK(journal.find("x")->state == StepState::begun);
    CHECK(journal.find("x")->error.empty());
    CHECK(journal.find("y") == nullptr);
  }
  CHECK(fake.execute(plan).size() == 2);
  CHECK(fake.journal().find("y")->state == StepState::done);
}

TEST_CASE("a step that needs a reboot has not failed, and goes on where it was") {
  ScriptedHost fake;
  fake.script.during["apply b"] = [] { throw Error(ErrorKind::reboot, "another kernel", "reboot"); };
  CHECK(thrown_by([&] { fake.execute(fake.plan("x", {"a", "b"})); }).kind() == ErrorKind::reboot);
  CHECK(fake.journal().find("x")->state == StepState::begun);
  fake.script.during.clear();
  fake.execute(fake.plan("x", {"a", "b"}));
  CHECK(fake.journal().find("x")->state == StepState::done);
}

TEST_CASE("a stop that an action reports itself is no failure either") {
  ScriptedHost fake;
  fake.script.during["apply a"] = [] { throw Error(ErrorKind::interrupted, "stopped as asked"); };
  CHECK(thrown_by([&] { fake.execute(fake.plan("x", {"a"})); }).kind() == ErrorKind::interrupted);
  CHECK(fake.journal().find("x")->state == StepState::begun);
}

TEST_CASE("how long a step took is said by the steady clock, whatever the other one does meanwhile") {
  struct Case {
    std::int64_t before;
    std::int64_t after;
  };
  constexpr std::int64_t kYear = std::int64_t{365} * 24 * 3600;
  for (const Case& wall : {Case{1'790'000'000, 1'790'000'000 - 7200}, Case{1'790'000'000, 0},
                           Case{0, 100 * kYear}, Case{INT64_MAX, INT64_MIN}, Case{INT64_MIN, INT64_MAX}}) {
    CAPTURE(wall.before);
    ScriptedHost fake;
    std::int64_t now = wall.before;
    std::chrono::steady_clock::time_point steady{std::chrono::hours(5)};
    fake.host.now = [&] { return now; };
    fake.host.steady = [&] { return steady; };
    fake.script.during["apply a"] = [&] {
      now = wall.after;
      steady += std::chrono::seconds(61);
    };
    CHECK(fake.execute(fake.plan("x", {"a"}))[0].seconds == 61.0);
    const steps::Journal journal = fake.journal();
    CHECK(journal.find("x")->seconds == 61);
    CHECK(journal.find("x")->at == wall.after);
    CHECK(fake.execute(fake.plan("x", {"a"}))[0].outcome == Outcome::already_done);
  }
}

TEST_CASE("why a step failed is said also when the journal does not take it") {
  ScriptedHost fake;
  const std::string why = "disk on fire" + std::string(8000, '!');
  fake.script.during["apply a"] = [&] { throw Error(ErrorKind::step, why); };
  // Room for the beginning, and for nothing more.
  steps::Journal journal(fake.journal_file, steps::Journal::Access::write, steps::Journal::Damage::refuse,
                         1024);
  const Error error = thrown_by([&] { steps::execute(fake.host, fake.plan("x", {"a"}), journal); });
  CHECK(error.message() == why);
  REQUIRE(journal.find("x") != nullptr);
  CHECK(journal.find("x")->state == StepState::begun);
}

}  // namespace bundle
