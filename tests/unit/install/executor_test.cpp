#include "install/executor.hpp"

#include <doctest/doctest.h>

#include "install/files.hpp"
#include "install/kernel.hpp"
#include "support/thrown.hpp"
#include "unit/install/bare_host.hpp"

namespace bundle {
namespace {

using install::Action;
using install::Journal;
using install::Plan;
using install::Step;
using install::StepState;

/// Stands for a power cut: thrown where the machine stops, caught by nobody in the installer.
struct PowerCut {};

/// Writes a file, and can stop before or after that.
class Cuttable final : public Action {
 public:
  Cuttable(std::string path, int& until_cut)
      : inner_(install::write_file({.path = std::move(path), .content = "ours\n"})), until_cut_(until_cut) {}
  std::string describe() const override { return inner_->describe(); }
  bool is_done(install::Host& host) override { return inner_->is_done(host); }
  install::Change capture(install::Host& host) override {
    count();
    return inner_->capture(host);
  }
  void apply(install::Host& host) override {
    count();
    inner_->apply(host);
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
    CHECK(install::undo(fake.host, journal, "") == std::vector<std::string>{"c", "b", "a"});
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
  for (const install::StepResult& result : execute(fake.host, three_files(never), journal)) {
    CHECK(result.outcome == install::StepResult::Outcome::already_done);
  }
  CHECK(read_file(journal_of(fake), 1 << 20) == before);

  Plan other = three_files(never);
  other[1].actions[0] = install::write_file({.path = "/etc/b", .content = "newer\n"});
  const std::vector<install::StepResult> results = execute(fake.host, other, journal);
  CHECK(results[0].outcome == install::StepResult::Outcome::already_done);
  CHECK(results[1].outcome == install::StepResult::Outcome::done);
  CHECK(fake.get("/etc/b") == "newer\n");
  install::undo(fake.host, journal, "b");
  CHECK_FALSE(fake.host.exists("/etc/b"));
}

TEST_CASE("a failure is journalled with its words and says where the log is") {
  test::BareHost fake;
  fake.runner.on({"sysctl"}, {.status = 1, .out = "", .err = "permission denied\n"});
  Plan plan;
  plan.push_back({.id = "sysctl", .title = "set kernel parameters", .hint = "look", .actions = {}});
  plan[0].actions.push_back(install::set_sysctls("99.conf", {{"net.ipv4.ip_forward", "1"}}));
  Journal journal(journal_of(fake), Journal::Access::write);
  const Error error = test::thrown_by([&] { execute(fake.host, plan, journal); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(test::holds(error.message(), "permission denied"));
  CHECK(test::holds(render(error), "/var/lib/bundle/log/sysctl.log"));
  CHECK(error.hint() == "look");
  CHECK(journal.find("sysctl")->state == StepState::failed);
  CHECK(test::holds(fake.get("/var/lib/bundle/log/sysctl.log"), "sysctl -w net.ipv4.ip_forward=1"));
}

TEST_CASE("undo refuses a step that was never done") {
  test::BareHost fake;
  Journal journal(journal_of(fake), Journal::Access::write);
  CHECK(test::thrown_by([&] { install::undo(fake.host, journal, "hosts"); }).kind() == ErrorKind::usage);
}

}  // namespace bundle
