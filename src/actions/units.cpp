#include "actions/units.hpp"

#include <optional>

#include "actions/files.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "host/units.hpp"

namespace bundle::actions {
namespace {

constexpr auto kStartTimeout = std::chrono::minutes(5);

/// With what content of its configuration one start of a unit was made.
struct Start {
  std::string invocation;
  std::string config;  ///< SHA-256; empty: no such file
};

json::Object to_object(const std::string& unit, const Start& start) {
  return {{"started", unit}, {"invocation", start.invocation}, {"config", start.config}};
}

/// The start of this unit that a mark, or the member `ours` of a change, tells of.
std::optional<Start> start_in(const json::Value& value, const std::string& unit) {
  if (json::text_at(value, "started") != unit) {
    return std::nullopt;
  }
  return Start{.invocation = json::text_at(value, "invocation"), .config = json::text_at(value, "config")};
}

steps::Change change_of(const std::string& name, const host::Unit& unit) {
  return {.type = "unit", .key = name, .before = {{"enabled", unit.is_enabled}, {"active", unit.is_active}}};
}

class UnitAction final : public steps::Action {
 public:
  UnitAction(std::string unit, UnitState state, std::string config)
      : name_(std::move(unit)), state_(state), config_(std::move(config)) {}

  std::string describe() const override {
    return state_ == UnitState::disabled ? fmt::format("systemctl disable --now {}\n", name_)
           : config_.empty()
               ? fmt::format("systemctl enable --now {}\n", name_)
               : fmt::format("systemctl enable --now {} (restarted when it runs with another {})\n", name_,
                             config_);
  }
  json::Object inputs() const override {
    return {{"unit", name_}, {"state", state_ == UnitState::enabled ? "on" : "off"}, {"config", config_}};
  }

  bool is_done(steps::Context& context) override {
    const host::Unit unit = host::look_at(context.host, name_);
    if (state_ == UnitState::disabled) {
      return !unit.is_enabled && !unit.is_active;
    }
    return unit.is_enabled && unit.is_active && !is_stale(context, unit);
  }

  steps::Change capture(steps::Context& context) override {
    const host::Unit unit = host::look_at(context.host, name_);
    steps::Change change = change_of(name_, unit);
    if (!config_.empty() && state_ == UnitState::enabled) {
      change.before["ours"] = to_object(name_, start_of(context, unit));
    }
    return change;
  }

  void apply(steps::Context& context) override {
    const host::Unit unit = host::look_at(context.host, name_);
    if (state_ == UnitState::disabled) {
      if (unit.is_there) {
        context.host.run({"systemctl", "disable", "--now", name_});
      }
      return;
    }
    if (!unit.is_there) {
      throw Error(ErrorKind::step, fmt::format("systemd knows no unit {}", name_),
                  "systemctl daemon-reload; systemctl status " + name_);
    }
    context.host.run({"systemctl", "enable", name_});
    const bool is_restarted = unit.is_active && is_stale(context, unit);
    // Before the start: whoever writes the file meanwhile has the unit restarted once more.
    const std::string config = config_now(context.host);
    // Whether it runs afterwards, and what it said, is for verify to tell.
    context.host.ask({"systemctl", is_restarted ? "restart" : "start", name_}, kStartTimeout);
    if (!config_.empty() && (is_restarted || !unit.is_active)) {
      const std::string invocation = host::look_at(context.host, name_).invocation;
      context.mark(to_object(name_, {.invocation = invocation, .config = config}));
    }
  }

  void verify(steps::Context& context) override {
    if (!is_done(context)) {
      const CommandResult status =
          context.host.ask({"systemctl", "--no-pager", "--lines=15", "status", name_});
      throw Error(ErrorKind::step,
                  fmt::format("{} is not {}:\n{}", name_, state_ == UnitState::enabled ? "running" : "off",
                              trim(status.out)),
                  "journalctl -u " + name_);
    }
  }

 private:
  std::string config_now(const host::Host& host) const {
    const std::optional<std::string> content = content_of(host, config_);
    return content ? sha256_hex(*content) : std::string();
  }

  /// What the unit as it is now was started with, as far as anybody knows.
  Start start_of(const steps::Context& context, const host::Unit& unit) const {
    for (auto mark = context.marks().rbegin(); mark != context.marks().rend(); ++mark) {
      const std::optional<Start> start = start_in(*mark, name_);
      if (start && start->invocation == unit.invocation) {
        return *start;
      }
    }
    if (const steps::Change* before = context.captured("unit", name_)) {
      const auto ours = before->before.find("ours");
      const std::optional<Start> start =
          ours == before->before.end() ? std::nullopt : start_in(ours->second, name_);
      if (start && start->invocation == unit.invocation) {
        return *start;
      }
    }
    return {.invocation = unit.invocation, .config = config_now(context.host)};
  }

  bool is_stale(const steps::Context& context, const host::Unit& unit) const {
    return !config_.empty() && start_of(context, unit).config != config_now(context.host);
  }

  std::string name_;
  UnitState state_;
  std::string config_;
};

class EnabledUnit final : public steps::Action {
 public:
  explicit EnabledUnit(std::string unit) : name_(std::move(unit)) {}

  std::string describe() const override { return fmt::format("systemctl enable {}\n", name_); }
  json::Object inputs() const override { return {{"unit", name_}, {"state", "enabled"}}; }
  bool is_done(steps::Context& context) override { return host::look_at(context.host, name_).is_enabled; }
  steps::Change capture(steps::Context& context) override {
    return change_of(name_, host::look_at(context.host, name_));
  }
  void apply(steps::Context& context) override { context.host.run({"systemctl", "enable", name_}); }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<steps::Action> set_unit(std::string unit, UnitState state, std::string config) {
  return std::make_unique<UnitAction>(std::move(unit), state, std::move(config));
}
std::unique_ptr<steps::Action> enable_unit(std::string unit) {
  return std::make_unique<EnabledUnit>(std::move(unit));
}
void undo_unit(host::Host& host, const steps::Change& change) {
  const host::Unit now = host::look_at(host, change.key);
  if (!now.is_there) {
    return;
  }
  const bool was_enabled = json::flag_at(change.before, "enabled");
  const bool was_active = json::flag_at(change.before, "active");
  if (now.is_enabled != was_enabled) {
    host.run({"systemctl", was_enabled ? "enable" : "disable", change.key});
  }
  if (now.is_active != was_active) {
    host.run({"systemctl", was_active ? "start" : "stop", change.key});
  }
}

}  // namespace bundle::actions
