#include "actions/units.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "host/units.hpp"

namespace bundle::actions {
namespace {

constexpr auto kStartTimeout = std::chrono::minutes(5);

steps::Change capture_unit(const host::Host& host, const std::string& name) {
  const host::Unit unit = host::look_at(host, name);
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
               : fmt::format("systemctl enable --now {} (restarted when {} is newer)\n", name_, config_);
  }
  json::Object inputs() const override {
    return {{"unit", name_}, {"state", state_ == UnitState::enabled ? "on" : "off"}, {"config", config_}};
  }

  bool is_done(steps::Context& context) override {
    const host::Unit unit = host::look_at(context.host, name_);
    if (state_ == UnitState::disabled) {
      return !unit.is_enabled && !unit.is_active;
    }
    return unit.is_enabled && unit.is_active && !host::is_newer(context.host, config_, unit);
  }

  steps::Change capture(steps::Context& context) override { return capture_unit(context.host, name_); }

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
    const bool is_stale = unit.is_active && host::is_newer(context.host, config_, unit);
    // Whether it runs afterwards, and what it said, is for verify to tell.
    context.host.ask({"systemctl", is_stale ? "restart" : "start", name_}, kStartTimeout);
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
  steps::Change capture(steps::Context& context) override { return capture_unit(context.host, name_); }
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
