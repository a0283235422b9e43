#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "steps/executor.hpp"
#include "steps/journal.hpp"
#include "support/bare_host.hpp"

namespace bundle::test {

/// What scripted actions share: the calls that they got, in order, and what is done on their host.
struct Script {
  std::vector<std::string> calls;
  std::set<std::string> done;
  /// Runs within a call, such as `apply a`; may throw.
  std::map<std::string, std::function<void()>> during;

  void call(const std::string& words) {
    calls.push_back(words);
    if (const auto found = during.find(words); found != during.end()) {
      found->second();
    }
  }
  std::vector<std::string> take() { return std::exchange(calls, {}); }
};

/// An action that notes its calls, and is done once it was applied, whatever its inputs.
class Scripted final : public steps::Action {
 public:
  Scripted(std::string name, Script& script, std::string content = "1")
      : name_(std::move(name)), content_(std::move(content)), script_(script) {}

  std::string describe() const override { return "do " + name_ + "\n"; }
  json::Object inputs() const override { return {{name_, content_}}; }
  bool is_done(steps::Context& /*context*/) override {
    script_.call("is_done " + name_);
    return script_.done.contains(name_);
  }
  steps::Change capture(steps::Context& /*context*/) override {
    script_.call("capture " + name_);
    return {.type = "scripted", .key = name_, .before = {{"ours", content_}, {"was", "before " + content_}}};
  }
  void apply(steps::Context& /*context*/) override {
    script_.call("apply " + name_);
    script_.done.insert(name_);
  }
  void verify(steps::Context& /*context*/) override { script_.call("verify " + name_); }

 private:
  std::string name_;
  std::string content_;
  Script& script_;
};

/// A host with a journal, and steps of scripted actions.
struct ScriptedHost : BareHost {
  Script script;
  std::filesystem::path journal_file = folder.path() / "journal";

  /// Step `id` with actions of these names, all of this content.
  steps::Step step(const std::string& id, const std::vector<std::string>& names,
                   const std::string& content = "1") {
    steps::Step made{.id = id, .title = "make " + id, .hint = "look at " + id, .actions = {}};
    for (const std::string& name : names) {
      made.add(std::make_unique<Scripted>(name, script, content));
    }
    return made;
  }
  steps::Plan plan(const std::string& id, const std::vector<std::string>& names,
                   const std::string& content = "1") {
    steps::Plan made;
    made.push_back(step(id, names, content));
    return made;
  }
  /// As the next start of the installer has it.
  std::vector<steps::StepResult> execute(const steps::Plan& plan) {
    steps::Journal journal(journal_file, steps::Journal::Access::write);
    return steps::execute(host, plan, journal);
  }
  steps::Journal journal() const { return {journal_file, steps::Journal::Access::read}; }
};

}  // namespace bundle::test
