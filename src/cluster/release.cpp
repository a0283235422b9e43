#include "cluster/release.hpp"

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "cluster/health.hpp"
#include "cluster/kubectl.hpp"

namespace bundle::cluster {
namespace {

constexpr auto kReleaseTimeout = std::chrono::minutes(20);

/// The status of a release as helm has it; empty when there is none.
std::string status_of(const host::Host& host, const std::string& program, const std::string& name,
                      const std::string& space) {
  const CommandResult listed = host.ask(
      helm(program, {"list", "--all", "--namespace", space, "--filter", "^" + name + "$", "-o", "json"}));
  if (listed.status != 0) {
    return {};
  }
  const json::Value rows = json::parse(listed.out, "the output of helm list", ErrorKind::step);
  if (rows.if_array() == nullptr || rows.if_array()->empty()) {
    return {};
  }
  return json::text_at(rows.if_array()->front(), "status");
}

/// What the last revision of a release was described with; empty when there is none.
std::string description_of(const host::Host& host, const std::string& program, const std::string& name,
                           const std::string& space) {
  const CommandResult shown =
      host.ask(helm(program, {"status", "--namespace", space, "-o", "json", "--", name}));
  if (shown.status != 0) {
    return {};
  }
  const json::Value document = json::parse(shown.out, "the output of helm status", ErrorKind::step);
  return json::text_at(json::member_at(document, "info"), "description");
}

class ReleaseAction final : public steps::Action {
 public:
  explicit ReleaseAction(Release release) : release_(std::move(release)) {}

  std::string describe() const override { return to_string(Command{.argv = upgrade_argv()}) + "\n"; }
  json::Object inputs() const override {
    json::Array values;
    for (const deliver::HashedFile& file : release_.values) {
      values.push_back(file.sha256);
    }
    return {{"release", release_.name},
            {"namespace", release_.namespace_},
            {"chart", release_.chart.sha256},
            {"values", std::move(values)}};
  }

  bool is_done(steps::Context& context) override {
    return status_of(context.host, release_.helm, release_.name, release_.namespace_) == "deployed" &&
           description_of(context.host, release_.helm, release_.name, release_.namespace_) == identity();
  }

  steps::Change capture(steps::Context& context) override {
    const std::string now = status_of(context.host, release_.helm, release_.name, release_.namespace_);
    return {.type = "release",
            .key = release_.namespace_ + "/" + release_.name,
            .before = {{"existed", !now.empty()}, {"helm", release_.helm}}};
  }

  void apply(steps::Context& context) override {
    const std::string now = status_of(context.host, release_.helm, release_.name, release_.namespace_);
    if (now.starts_with("pending")) {
      // Cut off in the middle: helm refuses to go on from here. A first install has nothing to roll back to.
      const std::string verb = now == "pending-install" ? "uninstall" : "rollback";
      context.host.log.warn(fmt::format("release {} was cut off ({}): helm {}", release_.name, now, verb));
      context.host.run(
          helm(release_.helm, {verb, "--namespace", release_.namespace_, "--wait", "--", release_.name}),
          kReleaseTimeout);
    }
    const CommandResult result = context.host.ask(upgrade_argv(), kReleaseTimeout);
    if (result.status != 0) {
      throw Error(ErrorKind::step,
                  fmt::format("helm could not install {}:\n{}{}", release_.name, result.err,
                              unhealthy_pods(context.host)),
                  "an image that is not in the bundle shows as ErrImagePull above");
    }
  }

 private:
  std::vector<std::string> upgrade_argv() const {
    std::vector<std::string> words{
        "upgrade", "--install", "--namespace", release_.namespace_, "--create-namespace",
        "--wait",  "--timeout", "15m",         "--description",     identity()};
    if (release_.skip_schema) {
      words.emplace_back("--skip-schema-validation");
    }
    for (const deliver::HashedFile& values : release_.values) {
      words.insert(words.end(), {"--values", values.path});
    }
    words.insert(words.end(), {"--", release_.name, release_.chart.path});
    return helm(release_.helm, std::move(words));
  }

  std::string identity() const { return "bundle sha256:" + sha256_hex(json::canonical(inputs())); }

  Release release_;
};

}  // namespace

std::vector<std::string> helm(const std::string& program, std::vector<std::string> words) {
  words.insert(words.begin(), {program, "--kubeconfig", std::string(kAdminConf)});
  return words;
}

std::unique_ptr<steps::Action> install_release(Release release) {
  return std::make_unique<ReleaseAction>(std::move(release));
}

void undo_release(host::Host& host, const steps::Change& change) {
  const std::size_t slash = change.key.find('/');
  const std::string program = json::text_at(change.before, "helm");
  if (json::flag_at(change.before, "existed") || !host.exists(kAdminConf) || !host.exists(program)) {
    return;
  }
  const std::string space = change.key.substr(0, slash);
  const std::string name = change.key.substr(slash + 1);
  if (!status_of(host, program, name, space).empty()) {
    host.run(helm(program, {"uninstall", "--namespace", space, "--", name}), kReleaseTimeout);
  }
}

}  // namespace bundle::cluster
