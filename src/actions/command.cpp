#include "actions/command.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::actions {
namespace {

class CommandAction final : public steps::Action {
 public:
  explicit CommandAction(CommandSpec spec) : spec_(std::move(spec)) {}

  std::string describe() const override { return to_string(Command{.argv = spec_.argv}) + "\n"; }
  json::Object inputs() const override {
    return {{"run", json::Array(spec_.argv.begin(), spec_.argv.end())}};
  }
  bool is_done(steps::Context& context) override { return spec_.is_done(context.host); }
  steps::Change capture(steps::Context& context) override {
    json::Array undo;
    if (!spec_.is_done(context.host)) {
      undo.assign(spec_.undo.begin(), spec_.undo.end());
    }
    return {.type = "command", .key = spec_.key, .before = {{"undo", std::move(undo)}}};
  }
  void apply(steps::Context& context) override { context.host.run(spec_.argv, spec_.timeout); }

 private:
  CommandSpec spec_;
};

class Wait final : public steps::Action {
 public:
  explicit Wait(Condition condition) : condition_(std::move(condition)) {}

  std::string describe() const override {
    return fmt::format("wait until {} (at most {} s): {}\n", condition_.words, condition_.timeout.count(),
                       to_string(Command{.argv = condition_.probe}));
  }
  json::Object inputs() const override {
    return {{"wait", json::Array(condition_.probe.begin(), condition_.probe.end())}};
  }
  bool is_done(steps::Context& context) override { return context.host.ask(condition_.probe).status == 0; }
  steps::Change capture(steps::Context& /*context*/) override {
    return {.type = "none", .key = condition_.words, .before = {}};
  }
  void apply(steps::Context& context) override {
    if (!context.host.wait_until([&] { return is_done(context); }, condition_.timeout)) {
      throw Error(
          ErrorKind::step,
          fmt::format("after {} s it is still not so that {}{}", condition_.timeout.count(), condition_.words,
                      condition_.diagnosis ? "\n" + condition_.diagnosis(context.host) : ""),
          condition_.hint);
    }
  }
  /// apply ends when it is so.
  void verify(steps::Context& /*context*/) override {}

 private:
  Condition condition_;
};

}  // namespace

std::unique_ptr<steps::Action> run_command(CommandSpec spec) {
  return std::make_unique<CommandAction>(std::move(spec));
}
std::unique_ptr<steps::Action> wait_for(Condition condition) {
  return std::make_unique<Wait>(std::move(condition));
}

void undo_command(host::Host& host, const steps::Change& change) {
  if (std::vector<std::string> argv = json::texts_at(change.before, "undo"); !argv.empty()) {
    host.run(std::move(argv));
  }
}

}  // namespace bundle::actions
