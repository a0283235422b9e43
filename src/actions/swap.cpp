#include "actions/swap.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "host/facts.hpp"
#include "host/swap.hpp"
#include "host/units.hpp"

namespace bundle::actions {
namespace {

constexpr const char* kTarget = "swap.target";

class SwapOff final : public steps::Action {
 public:
  std::string describe() const override { return "swapoff -a\n"; }
  json::Object inputs() const override { return {{"swap", "off"}}; }
  bool is_done(steps::Context& context) override { return host::swap_devices(context.host).empty(); }
  steps::Change capture(steps::Context& context) override {
    const std::vector<std::string> on = host::swap_devices(context.host);
    return {.type = "swap", .key = "swap", .before = {{"on", json::Array(on.begin(), on.end())}}};
  }
  void apply(steps::Context& context) override {
    context.host.run({"swapoff", "-a"}, std::chrono::minutes(10));
  }
};

std::vector<host::SwapUnit> units_now(const host::Host& host) {
  return host::units_at_boot(host, host::swap_units(host));
}

class NoSwapUnits final : public steps::Action {
 public:
  std::string describe() const override {
    return "where systemd has units that turn swap on at boot (zram-generator, *.swap, zram*.service):\n"
           "systemctl mask swap.target UNIT…, or disable UNIT of /etc/systemd/system or a service\n";
  }
  json::Object inputs() const override { return {{"swap-units", "off"}}; }
  bool is_done(steps::Context& context) override { return units_now(context.host).empty(); }

  steps::Change capture(steps::Context& context) override {
    const host::SwapUnits known = host::swap_units(context.host);
    json::Array mask;
    json::Array enable;
    json::Array start;
    const std::vector<host::SwapUnit> units = host::units_at_boot(context.host, known);
    for (const host::SwapUnit& unit : units) {
      (is_disabled(context.host, unit) ? enable : mask).emplace_back(unit.name);
      if (host::look_at(context.host, unit.name).is_active) {
        start.emplace_back(unit.name);
      }
    }
    if (!units.empty() && !known.is_target_masked) {
      mask.emplace_back(kTarget);
    }
    return {.type = "swap-units",
            .key = "swap-units",
            .before = {
                {"unmasked", std::move(mask)}, {"enabled", std::move(enable)}, {"active", std::move(start)}}};
  }

  void apply(steps::Context& context) override {
    if (units_now(context.host).empty()) {
      return;
    }
    // Lines of /etc/fstab are out by now, and with them their units.
    context.host.run({"systemctl", "daemon-reload"});
    const std::vector<host::SwapUnit> units = units_now(context.host);
    if (units.empty()) {
      return;
    }
    context.host.run({"systemctl", "mask", kTarget});
    for (const host::SwapUnit& unit : units) {
      const std::string verb = is_disabled(context.host, unit) ? "disable" : "mask";
      context.host.run({"systemctl", verb, unit.name});
    }
  }

  void verify(steps::Context& context) override {
    std::vector<std::string> left;
    for (const host::SwapUnit& unit : units_now(context.host)) {
      left.push_back(fmt::format("{} ({})", unit.name, unit.state));
    }
    if (!left.empty()) {
      throw Error(ErrorKind::step, "swap comes back at the next boot, by " + join(left, ", "),
                  "systemctl cat UNIT shows where it comes from");
    }
  }

 private:
  static bool is_disabled(const host::Host& host, const host::SwapUnit& unit) {
    return host::is_administrators(host, unit) || !unit.name.ends_with(".swap");
  }
};

std::string state_of(const host::Host& host, const std::string& unit) {
  return std::string(trim(host.ask({"systemctl", "is-enabled", unit}).out));
}

}  // namespace

std::unique_ptr<steps::Action> turn_swap_off() { return std::make_unique<SwapOff>(); }
std::unique_ptr<steps::Action> keep_swap_off() { return std::make_unique<NoSwapUnits>(); }

void undo_swap(host::Host& host, const steps::Change& change) {
  const std::vector<std::string> now = host::swap_devices(host);
  for (const std::string& device : json::texts_at(change.before, "on")) {
    if (std::find(now.begin(), now.end(), device) != now.end()) {
      continue;
    }
    if (!host.exists(device)) {
      host.log.warn(fmt::format("{} was swapped to, and is not there any more; it is left off", device));
      continue;
    }
    host.run({"swapon", device});
  }
}

void undo_swap_units(host::Host& host, const steps::Change& change) {
  for (const std::string& unit : json::texts_at(change.before, "unmasked")) {
    if (state_of(host, unit) == "masked") {
      host.run({"systemctl", "unmask", unit});
    }
  }
  for (const std::string& unit : json::texts_at(change.before, "enabled")) {
    if (state_of(host, unit) == "disabled") {
      host.run({"systemctl", "enable", unit});
    }
  }
  for (const std::string& unit : json::texts_at(change.before, "active")) {
    // One of /etc/fstab has no unit before its line is back: its device is swapped on by itself then.
    if (const host::Unit now = host::look_at(host, unit); now.is_there && !now.is_active) {
      host.ask({"systemctl", "start", unit});
    }
  }
}

}  // namespace bundle::actions
