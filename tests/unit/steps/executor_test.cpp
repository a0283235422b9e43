#include "steps/executor.hpp"
#include "steps/journal.hpp"
#include "steps/step.hpp"

#include <doctest/doctest.h>

#include <array>

#include "actions/files.hpp"
#include "actions/kernel.hpp"
#include "base/hash.hpp"
#include "support/bare_host.hpp"
#include "support/thrown.hpp"
#include "support/undo_by_journal.hpp"
#include "unit/steps/scripted.hpp"

namespace bundle {
namespace {

using steps::Action;
using steps::Journal;
using steps::Plan;
using steps::Step;
using steps::StepState;
using test::ScriptedHost;

constexpr std::array kUndos{steps::UndoRow{.type = "file", .undo = actions::undo_file}};

/// Stands for a power cut: thrown where the machine stops, caught by nobody in the installer.
struct PowerCut {};

/// Writes a file, and can stop before or after that.
class Cuttable final : public Action {
 public:
  Cuttable(std::string path, int& until_cut)
      : inner_(actions::write_file({.path = std::move(path), .content = "ours\n"})), until_cut_(until_cut) {}
  std::string describe() const override { return inner_->describe(); }
  json::Object inputs() const override { return inner_->inputs(); }
  bool is_done(steps::Context& context) override { return inner_->is_done(context); }
  steps::Change capture(steps::Context& context) override {
    count();
    return inner_->capture(context);
  }
  void apply(steps::Context& context) override {
    count();
    inner_->apply(context);
    count();
  }

 private:
  void count() const {
    if (until_cut_-- == 0) {
      throw PowerCut();
    }
  }

  std::unique_ptr<Action> inner_;
  int& until_cut_;
};

Plan three_files(int& until_cut) {
  Plan plan;
  for (const std::string name : {"a", "b", "c"}) {
    Step& step = plan.emplace_back(Step{.id = name, .title = "write " + name, .hint = "", .actions = {}});
    step.actions.push_back(std::make_unique<Cuttable>("/etc/" + name, until_cut));
    step.actions.push_back(std::make_unique<Cuttable>("/etc/new/" + name, until_cut));
  }
  return plan;
}

std::vector<std::string> undo_in(test::BareHost& fake, Journal& journal, const std::string& step) {
  return test::undo(fake.host, journal, step, kUndos);
}

std::string journal_of(const test::BareHost& fake) { return (fake.folder.path() / "journal").string(); }

}  // namespace

TEST_CASE("an installation that stops anywhere goes on to the same end, and undo gives back what was first") {
  for (int cut = 0; cut < 24; ++cut) {
    CAPTURE(cut);
    test::BareHost fake;
    fake.put("/etc/a", "before\n");
    fake.put("/etc/b", "before\n");
    int until_cut = cut;
    bool was_cut = false;
    try {
      Journal journal(journal_of(fake), Journal::Access::write);
      execute(fake.host, three_files(until_cut), journal);
    } catch (const PowerCut&) {
      was_cut = true;
    }
    CHECK(was_cut == (cut < 18));  // three calls for each of six actions
    until_cut = -1;
    {
      Journal journal(journal_of(fake), Journal::Access::write);
      execute(fake.host, three_files(until_cut), journal);
      for (const std::string name : {"a", "b", "c"}) {
        CHECK(journal.find(name)->state == StepState::done);
        CHECK(fake.get("/etc/" + name) == "ours\n");
        CHECK(fake.get("/etc/new/" + name) == "ours\n");
      }
    }
    Journal journal(journal_of(fake), Journal::Access::write);
    CHECK(undo_in(fake, journal, "") == std::vector<std::string>{"c", "b", "a"});
    CHECK(fake.get("/etc/a") == "before\n");
    CHECK(fake.get("/etc/b") == "before\n");
    CHECK_FALSE(fake.host.exists("/etc/c"));
    CHECK_FALSE(fake.host.exists("/etc/new"));
  }
}

TEST_CASE("a second run does nothing, and one with other inputs only what changed") {
  test::BareHost fake;
  int never = -1;
  Journal journal(journal_of(fake), Journal::Access::write);
  execute(fake.host, three_files(never), journal);
  const std::string before = read_file(journal_of(fake), 1 << 20);
  for (const steps::StepResult& result : execute(fake.host, three_files(never), journal)) {
    CHECK(result.outcome == steps::StepResult::Outcome::already_done);
  }
  CHECK(read_file(journal_of(fake), 1 << 20) == before);

  Plan other = three_files(never);
  other[1].actions[0] = actions::write_file({.path = "/etc/b", .content = "newer\n"});
  const std::vector<steps::StepResult> results = execute(fake.host, other, journal);
  CHECK(results[0].outcome == steps::StepResult::Outcome::already_done);
  CHECK(results[1].outcome == steps::StepResult::Outcome::done);
  CHECK(fake.get("/etc/b") == "newer\n");
  undo_in(fake, journal, "b");
  CHECK_FALSE(fake.host.exists("/etc/b"));
}

namespace {

/// An action that is done once it was applied, whatever its inputs: only the journal's inputs can tell more.
class Counted final : public Action {
 public:
  Counted(std::string words, std::string content, int& applied)
      : words_(std::move(words)), content_(std::move(content)), applied_(applied) {}
  std::string describe() const override { return words_; }
  json::Object inputs() const override { return {{"content", content_}}; }
  bool is_done(steps::Context& /*context*/) override { return applied_ > 0; }
  steps::Change capture(steps::Context& /*context*/) override {
    return {.type = "none", .key = "counted", .before = {}};
  }
  void apply(steps::Context& /*context*/) override { ++applied_; }

 private:
  std::string words_;
  std::string content_;
  int& applied_;
};

Plan one_counted(std::string words, std::string content, int& applied) {
  Plan plan;
  plan.push_back({.id = "counted", .title = "count", .hint = "", .actions = {}});
  plan[0].actions.push_back(std::make_unique<Counted>(std::move(words), std::move(content), applied));
  return plan;
}

}  // namespace

TEST_CASE("a step with other inputs is applied again, one with other words is not") {
  test::BareHost fake;
  Journal journal(journal_of(fake), Journal::Access::write);
  int applied = 0;
  execute(fake.host, one_counted("write it\n", "a", applied), journal);
  CHECK(applied == 1);
  execute(fake.host, one_counted("put it there\n", "a", applied), journal);
  CHECK(applied == 1);
  execute(fake.host, one_counted("put it there\n", "b", applied), journal);
  CHECK(applied == 2);
}

TEST_CASE(
    "where the journal has inputs of a version that hashed its words, the host alone says what is done") {
  test::BareHost fake;
  Journal journal(journal_of(fake), Journal::Access::write);
  journal.begin("counted", sha256_hex("write it\n"), {}, 1);
  journal.done("counted", 0, 2);
  int applied = 1;
  execute(fake.host, one_counted("write it\n", "a", applied), journal);
  CHECK(applied == 1);
  applied = 0;
  execute(fake.host, one_counted("write it\n", "a", applied), journal);
  CHECK(applied == 1);
}

TEST_CASE(
    "marks and what was captured come back to the actions of a step that was cut off, not after an undo") {
  test::BareHost fake;
  const steps::Change change{.type = "none", .key = "counted", .before = {{"was", "x"}}};
  std::vector<std::size_t> seen;
  class Looking final : public Action {
   public:
    Looking(std::vector<std::size_t>& seen, std::string first) : seen_(seen), first_(std::move(first)) {}
    std::string describe() const override { return "look\n"; }
    json::Object inputs() const override { return {}; }
    bool is_done(steps::Context& context) override {
      const steps::Change* captured = context.captured("none", "counted");
      seen_.push_back(context.marks().size() + (captured == nullptr ? 0 : 10));
      return false;
    }
    steps::Change capture(steps::Context& /*context*/) override {
      return {.type = "none", .key = "counted", .before = {{"was", "y"}}};
    }
    void apply(steps::Context& context) override { context.mark("part"); }
    void verify(steps::Context& context) override {
      CHECK(json::text_at(context.captured("none", "counted")->before, "was") == first_);
      throw Error(ErrorKind::step, "stop");
    }

   private:
    std::vector<std::size_t>& seen_;
    std::string first_;
  };
  Journal journal(journal_of(fake), Journal::Access::write);
  journal.begin("looking", "sha256:a", {change}, 1);
  journal.mark("looking", "first", 2);
  Plan plan;
  plan.push_back({.id = "looking", .title = "look", .hint = "", .actions = {}});
  plan[0].actions.push_back(std::make_unique<Looking>(seen, "x"));
  CHECK(test::thrown_by([&] { execute(fake.host, plan, journal); }).message() == "stop");
  CHECK(seen == std::vector<std::size_t>{11, 11});  // before the step begins, and before it applies
  CHECK(journal.find("looking")->marks.size() == 2);
  journal.undone("looking", 3);
  seen.clear();
  plan[0].actions[0] = std::make_unique<Looking>(seen, "y");
  CHECK_THROWS(execute(fake.host, plan, journal));
  CHECK(seen == std::vector<std::size_t>{0, 10});
}

TEST_CASE(
    "a step captures all, then applies and verifies one action after the other, then the next step begins") {
  ScriptedHost fake;
  Plan plan = fake.plan("x", {"a", "b"});
  plan.push_back(fake.step("y", {"c"}));
  fake.script.done = {"a"};
  const std::vector<steps::StepResult> results = fake.execute(plan);
  CHECK(fake.script.calls == std::vector<std::string>{"is_done a", "is_done b", "capture a", "capture b",
                                                      "is_done a", "verify a", "is_done b", "apply b",
                                                      "verify b", "is_done c", "capture c", "is_done c",
                                                      "apply c", "verify c"});
  REQUIRE(results.size() == 2);
  CHECK(results[0].id == "x");
  CHECK(results[0].title == "make x");
  CHECK(results[1].outcome == steps::StepResult::Outcome::done);
}

TEST_CASE("what undo needs is on disk before the first write, and a step is done only when it is verified") {
  ScriptedHost fake;
  fake.script.during["apply a"] = [&] {
    const Journal journal = fake.journal();
    REQUIRE(journal.find("x") != nullptr);
    CHECK(journal.find("x")->state == StepState::begun);
    CHECK(journal.find("x")->changes.size() == 2);
  };
  fake.script.during["verify b"] = [&] { CHECK(fake.journal().find("x")->state == StepState::begun); };
  fake.script.during["is_done c"] = [&] { CHECK(fake.journal().find("x")->state == StepState::done); };
  Plan plan = fake.plan("x", {"a", "b"});
  plan.push_back(fake.step("y", {"c"}));
  fake.execute(plan);
  CHECK(fake.journal().find("x")->inputs ==
        "sha256:b20c725b6f4bac08b945a8a3cb9d4628a8a0162159d00bd619decf83f920e414");
}

TEST_CASE("a step that is done already leaves neither a record nor a log") {
  ScriptedHost fake;
  fake.script.done = {"a"};
  CHECK(fake.execute(fake.plan("x", {"a"}))[0].outcome == steps::StepResult::Outcome::already_done);
  CHECK(fake.script.calls == std::vector<std::string>{"is_done a"});
  CHECK(fake.journal().steps().empty());
  CHECK_FALSE(fake.host.exists("/var/lib/bundle/log"));
}

TEST_CASE("a step that does not verify fails, and no later one is tried") {
  ScriptedHost fake;
  Plan plan = fake.plan("x", {"a", "b"});
  plan.push_back(fake.step("y", {"c"}));
  fake.script.during["verify a"] = [] { throw Error(ErrorKind::step, "it is not so", "turn it around"); };
  const Error error = test::thrown_by([&] { fake.execute(plan); });
  CHECK(error.hint() == "turn it around");  // the action knows better than the step
  CHECK(error.context() ==
        std::vector<std::string>{"in step x (make x)", "writing the log /var/lib/bundle/log/x.log"});
  CHECK(fake.script.calls.back() == "verify a");
  const Journal journal = fake.journal();
  CHECK(journal.find("x")->state == StepState::failed);
  CHECK(journal.find("x")->error == "it is not so");
  CHECK(journal.find("y") == nullptr);
}

TEST_CASE("a step that cannot even be captured has not begun") {
  ScriptedHost fake;
  fake.script.during["capture b"] = [] { throw Error(ErrorKind::step, "foreign"); };
  CHECK(test::thrown_by([&] { fake.execute(fake.plan("x", {"a", "b"})); }).message() == "foreign");
  CHECK(fake.journal().steps().empty());
  CHECK(fake.script.calls.back() == "capture b");
}

TEST_CASE("a step is known by its actions' inputs, in their order") {
  ScriptedHost fake;
  CHECK(inputs_of(fake.step("x", {})) ==
        "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945");
  CHECK(inputs_of(fake.step("x", {"a", "b"})) ==
        "sha256:b20c725b6f4bac08b945a8a3cb9d4628a8a0162159d00bd619decf83f920e414");
  CHECK(inputs_of(fake.step("y", {"a", "b"})) == inputs_of(fake.step("x", {"a", "b"})));
  CHECK(inputs_of(fake.step("x", {"b", "a"})) != inputs_of(fake.step("x", {"a", "b"})));
  CHECK(inputs_of(fake.step("x", {"a", "b"}, "2")) != inputs_of(fake.step("x", {"a", "b"})));
}

TEST_CASE("a plan is numbered steps with their actions' lines below them") {
  ScriptedHost fake;
  Plan plan = fake.plan("x", {"a", "b"});
  Step& second = plan.emplace_back(Step{.id = "y", .title = "write", .hint = "", .actions = {}});
  second.add(actions::write_file({.path = "/etc/y", .content = "one\n\ntwo\n", .mode = 0600}));
  plan.push_back({.id = "z", .title = "nothing", .hint = "", .actions = {}});
  CHECK(steps::plan_text(plan) ==
        "1. x: make x\n"
        "   do a\n"
        "   do b\n"
        "2. y: write\n"
        "   write /etc/y (mode 0600)\n"
        "     | one\n"
        "     | \n"
        "     | two\n"
        "3. z: nothing\n");
  CHECK(steps::plan_text({}).empty());
}

TEST_CASE("a failure is journalled with its words and says where the log is") {
  test::BareHost fake;
  fake.runner.on({"sysctl"}, {.status = 1, .out = "", .err = "permission denied\n"});
  Plan plan;
  plan.push_back({.id = "sysctl", .title = "set kernel parameters", .hint = "look", .actions = {}});
  plan[0].actions.push_back(actions::set_sysctls("99.conf", {{"net.ipv4.ip_forward", "1"}}));
  Journal journal(journal_of(fake), Journal::Access::write);
  const Error error = test::thrown_by([&] { execute(fake.host, plan, journal); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(test::holds(error.message(), "permission denied"));
  CHECK(test::holds(render(error), "/var/lib/bundle/log/sysctl.log"));
  CHECK(error.hint() == "look");
  CHECK(journal.find("sysctl")->state == StepState::failed);
  CHECK(test::holds(fake.get("/var/lib/bundle/log/sysctl.log"), "sysctl -w net.ipv4.ip_forward=1"));
}

}  // namespace bundle
