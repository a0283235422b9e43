#include "actions/kernel.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "host/kernel.hpp"

namespace bundle::actions {
namespace {

class Sysctls final : public steps::Action {
 public:
  Sysctls(std::string file, std::vector<host::Sysctl> values)
      : file_(std::move(file)), values_(std::move(values)) {
    std::sort(values_.begin(), values_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  }

  std::string describe() const override {
    std::string text;
    for (const host::Sysctl& one : values_) {
      text += fmt::format("sysctl -w {}={}\n", one.name, one.value);
    }
    return text;
  }
  json::Object inputs() const override {
    json::Object values;
    for (const host::Sysctl& one : values_) {
      values[one.name] = one.value;
    }
    return {{"sysctl", std::move(values)}};
  }

  bool is_done(steps::Context& context) override {
    return std::all_of(values_.begin(), values_.end(),
                       [&](const host::Sysctl& one) { return is_good(context.host, one); });
  }

  steps::Change capture(steps::Context& context) override {
    json::Object before;
    for (const host::Sysctl& one : values_) {
      if (const std::optional<std::string> now = context.host.read(host::proc_path(one.name))) {
        before[one.name] = *now;
      }
    }
    return {.type = "sysctl", .key = file_, .before = before};
  }

  void apply(steps::Context& context) override {
    for (const host::Sysctl& one : values_) {
      if (!is_good(context.host, one)) {
        context.host.run({"sysctl", "-w", one.name + "=" + one.value});
      }
    }
  }

  void verify(steps::Context& context) override {
    for (const host::Sysctl& one : values_) {
      const std::string words = fmt::format("{}{}", one.at_least ? "at least " : "", one.value);
      if (!is_good(context.host, one)) {
        throw Error(ErrorKind::step,
                    fmt::format("the kernel has {} = {}, expected {}", one.name,
                                context.host.read(host::proc_path(one.name)).value_or("absent"), words),
                    "look at what sets it: sysctl " + one.name);
      }
      if (const std::string file = host::overriding_file(context.host, one); !file.empty()) {
        throw Error(
            ErrorKind::step,
            fmt::format("{} sets {} to another value than {}, at the next boot", file, one.name, words),
            fmt::format("take that line out of {}", file));
      }
    }
  }

 private:
  static bool is_good(const host::Host& host, const host::Sysctl& one) {
    const std::optional<std::string> now = host.read(host::proc_path(one.name));
    return now && one.takes(*now);
  }

  std::string file_;
  std::vector<host::Sysctl> values_;
};

class Modules final : public steps::Action {
 public:
  explicit Modules(std::vector<std::string> names) : names_(std::move(names)) {}

  std::string describe() const override { return "modprobe -a " + join(names_, " ") + "\n"; }
  json::Object inputs() const override { return {{"modules", json::Array(names_.begin(), names_.end())}}; }
  bool is_done(steps::Context& context) override {
    return std::all_of(names_.begin(), names_.end(),
                       [&](const std::string& name) { return host::has_module(context.host, name); });
  }
  /// Modules stay loaded: what uses them may have come since.
  steps::Change capture(steps::Context& /*context*/) override {
    return {.type = "none", .key = "modules", .before = {}};
  }
  void apply(steps::Context& context) override {
    for (const std::string& name : names_) {
      if (!host::has_module(context.host, name)) {
        with_context("loading the kernel module " + name,
                     [&] { return context.host.run({"modprobe", name}); });
      }
    }
  }

 private:
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<steps::Action> set_sysctls(std::string file, std::vector<host::Sysctl> values) {
  return std::make_unique<Sysctls>(std::move(file), std::move(values));
}
std::unique_ptr<steps::Action> load_modules(std::vector<std::string> names) {
  return std::make_unique<Modules>(std::move(names));
}
void undo_sysctls(host::Host& host, const steps::Change& change) {
  for (const auto& [name, value] : change.before) {
    if (value.if_string() != nullptr && host.exists(host::proc_path(name))) {
      host.run({"sysctl", "-w", name + "=" + *value.if_string()});
    }
  }
}

}  // namespace bundle::actions
