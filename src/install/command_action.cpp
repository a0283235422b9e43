#include "install/command_action.hpp"

#include <thread>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"

namespace bundle::install {
namespace {

class CommandAction final : public Action {
 public:
  explicit CommandAction(CommandSpec spec) : spec_(std::move(spec)) {}

  std::string describe() const override { return to_string(Command{.argv = spec_.argv}) + "\n"; }
  bool is_done(Host& host) override { return spec_.is_done(host); }
  Change capture(Host& host) override {
    json::Array undo;
    if (!spec_.is_done(host)) {
      undo.assign(spec_.undo.begin(), spec_.undo.end());
    }
    return {.type = "command", .key = spec_.key, .before = {{"undo", std::move(undo)}}};
  }
  void apply(Host& host) override { host.run(spec_.argv, spec_.timeout); }

 private:
  CommandSpec spec_;
};

class Wait final : public Action {
 public:
  explicit Wait(Condition condition) : condition_(std::move(condition)) {}

  std::string describe() const override {
    return fmt::format("wait until {} (at most {} s): {}\n", condition_.words, condition_.timeout.count(),
                       to_string(Command{.argv = condition_.probe}));
  }
  bool is_done(Host& host) override { return host.ask(condition_.probe).status == 0; }
  Change capture(Host& /*host*/) override { return {.type = "none", .key = condition_.words, .before = {}}; }
  void apply(Host& host) override {
    const auto deadline = std::chrono::steady_clock::now() + condition_.timeout;
    while (!is_done(host)) {
      check_interrupt();
      if (std::chrono::steady_clock::now() >= deadline) {
        throw Error(
            ErrorKind::step,
            fmt::format("after {} s it is still not so that {}{}", condition_.timeout.count(),
                        condition_.words, condition_.diagnosis ? "\n" + condition_.diagnosis(host) : ""),
            condition_.hint);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
  }
  /// apply ends when it is so.
  void verify(Host& /*host*/) override {}

 private:
  Condition condition_;
};

}  // namespace

std::unique_ptr<Action> run_command(CommandSpec spec) {
  return std::make_unique<CommandAction>(std::move(spec));
}
std::unique_ptr<Action> wait_for(Condition condition) { return std::make_unique<Wait>(std::move(condition)); }

void undo_command(Host& host, const Change& change) {
  if (std::vector<std::string> argv = json::texts_at(change.before, "undo"); !argv.empty()) {
    host.run(std::move(argv));
  }
}

}  // namespace bundle::install
