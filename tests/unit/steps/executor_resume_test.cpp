#include "steps/executor.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/interrupt.hpp"
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

}  // namespace bundle
