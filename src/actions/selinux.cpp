#include "actions/selinux.hpp"

#include <optional>

#include "base/text.hpp"

namespace bundle::actions {
namespace {

/// SELINUXTYPE of selinux_config(5): the policy, whose store has its name.
std::string policy_name(const host::Host& host) {
  constexpr std::string_view kType = "SELINUXTYPE=";
  const std::string config = host.read("/etc/selinux/config").value_or("");
  std::string name = "targeted";
  for (const std::string_view line : split(config, '\n')) {
    if (line.starts_with(kType)) {
      name = trim(line.substr(kType.size()));
    }
  }
  return name;
}

bool is_on_now(const host::Host& host, const std::string& boolean) {
  return host.ask({"getsebool", boolean}).out.ends_with("--> on\n");
}

/// Whether `setsebool -P` has left the boolean on for each boot; nothing where no policy store can be seen.
/// What the policy itself has on is not kept there. Source: semanage.conf(5), store-root; libsemanage,
/// booleans_file.c.
std::optional<bool> is_kept_on(const host::Host& host, const std::string& boolean) {
  for (const std::string root : {"/var/lib/selinux/", "/etc/selinux/"}) {
    const std::string store = root + policy_name(host) + "/active";
    if (host.exists(store)) {
      const std::string kept = "\n" + host.read(store + "/booleans.local").value_or("") + "\n";
      return kept.find("\n" + boolean + "=1\n") != std::string::npos;
    }
  }
  return std::nullopt;
}

class Boolean final : public steps::Action {
 public:
  explicit Boolean(std::string name) : name_(std::move(name)) {}

  std::string describe() const override { return "setsebool -P " + name_ + " 1\n"; }
  /// As when it was a command like others: what is done already stays done.
  json::Object inputs() const override { return {{"run", json::Array{"setsebool", "-P", name_, "1"}}}; }
  /// A cut within setsebool, which builds the policy anew, leaves the boolean on until the next boot.
  bool is_done(steps::Context& context) override {
    return is_on_now(context.host, name_) && is_kept_on(context.host, name_).value_or(true);
  }
  steps::Change capture(steps::Context& context) override {
    const bool was_on = is_on_now(context.host, name_) || is_kept_on(context.host, name_).value_or(false);
    return {.type = "boolean", .key = name_, .before = {{"on", was_on}}};
  }
  void apply(steps::Context& context) override { context.host.run({"setsebool", "-P", name_, "1"}); }

 private:
  std::string name_;
};

class SelinuxPermissive final : public steps::Action {
 public:
  std::string describe() const override { return "setenforce 0\n"; }
  json::Object inputs() const override { return {{"selinux", "permissive"}}; }
  bool is_done(steps::Context& context) override {
    return context.host.read("/sys/fs/selinux/enforce").value_or("0") == "0";
  }
  steps::Change capture(steps::Context& context) override {
    return {.type = "selinux",
            .key = "selinux",
            .before = {{"enforce", context.host.read("/sys/fs/selinux/enforce").value_or("")}}};
  }
  void apply(steps::Context& context) override {
    if (!is_done(context)) {
      context.host.run({"setenforce", "0"});
    }
  }
};

}  // namespace

std::unique_ptr<steps::Action> make_selinux_permissive() { return std::make_unique<SelinuxPermissive>(); }

std::unique_ptr<steps::Action> set_boolean(std::string name) {
  return std::make_unique<Boolean>(std::move(name));
}

void undo_selinux(host::Host& host, const steps::Change& change) {
  if (json::text_at(change.before, "enforce") == "1") {
    host.run({"setenforce", "1"});
  }
}

void undo_boolean(host::Host& host, const steps::Change& change) {
  const bool is_off = !is_on_now(host, change.key) && !is_kept_on(host, change.key).value_or(true);
  // Without SELinux nothing can be set, and nothing is.
  if (json::flag_at(change.before, "on") || is_off || !host.exists("/sys/fs/selinux/enforce")) {
    return;
  }
  host.run({"setsebool", "-P", change.key, "0"});
}

}  // namespace bundle::actions
