#include "actions/fapolicyd.hpp"

#include <algorithm>

#include "actions/files.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "host/units.hpp"

namespace bundle::actions {
namespace {

constexpr std::string_view kType = "fapolicyd";
constexpr const char* kUnit = "fapolicyd.service";
/// After the rules for ld.so's tricks (30), before those that deny untrusted libraries and programs (40, 41,
/// 90).
constexpr std::string_view kRulesFile = "/etc/fapolicyd/rules.d/38-bundle.rules";
/// What fagenrules, which the unit calls when it starts, makes of all files.
constexpr std::string_view kCompiled = "/etc/fapolicyd/compiled.rules";

void restart(const host::Host& host) { host.run({"systemctl", "restart", kUnit}); }

class AllowPrograms final : public steps::Action {
 public:
  explicit AllowPrograms(const AllowedPrograms& programs) {
    for (const std::string& folder : programs.folders) {
      rules_.push_back(fmt::format("allow perm=any all : dir={}/", folder));
    }
    for (const std::string& file : programs.files) {
      rules_.push_back(fmt::format("allow perm=any all : path={}", file));
    }
  }

  std::string describe() const override {
    std::string text = fmt::format("write {} (mode 0644)\n", kRulesFile);
    const std::string rules = content();
    for (const std::string_view line : split(trim(rules), '\n')) {
      text += fmt::format("  | {}\n", line);
    }
    return text + fmt::format("systemctl restart {}\n", kUnit);
  }
  json::Object inputs() const override {
    return {{"fapolicyd", std::string(kRulesFile)}, {"sha256", sha256_hex(content())}};
  }

  bool is_done(steps::Context& context) override {
    return content_of(context.host, std::string(kRulesFile)) == content() && is_loaded(context.host);
  }
  steps::Change capture(steps::Context& context) override {
    const steps::Change* earlier = context.captured(kType, kRulesFile);
    return {.type = std::string(kType),
            .key = std::string(kRulesFile),
            .before = {{"ours", steps::ours_after(earlier, sha256_hex(content()))}}};
  }
  void apply(steps::Context& context) override {
    if (is_done(context)) {
      return;
    }
    put_file(context.host, {.path = std::string(kRulesFile), .content = content(), .mode = 0644});
    restart(context.host);
  }
  void verify(steps::Context& context) override {
    if (!is_done(context)) {
      throw Error(ErrorKind::step,
                  fmt::format("fapolicyd runs, but {} does not have the rules of {}", kCompiled, kRulesFile),
                  "fagenrules --check; journalctl -u fapolicyd");
    }
  }

 private:
  std::string content() const {
    return "# Made by bundle: what it puts on this host beside packages.\n" + join(rules_, "\n") + "\n";
  }

  bool is_loaded(const host::Host& host) const {
    const std::string compiled = "\n" + host.read(kCompiled).value_or("") + "\n";
    return std::all_of(rules_.begin(), rules_.end(), [&](const std::string& rule) {
      return compiled.find("\n" + rule + "\n") != std::string::npos;
    });
  }

  std::vector<std::string> rules_;
};

}  // namespace

bool has_fapolicyd(const host::Host& host) {
  return host.exists(kFapolicydRules) && host::look_at(host, kUnit).is_active;
}

std::unique_ptr<steps::Action> allow_programs(const AllowedPrograms& programs) {
  return std::make_unique<AllowPrograms>(programs);
}

void undo_allowed_programs(host::Host& host, const steps::Change& change) {
  undo_file(host, change);
  // Also where an earlier undo was cut off between the file and this.
  if (!host.exists(change.key) && host::look_at(host, kUnit).is_active) {
    restart(host);
  }
}

}  // namespace bundle::actions
