#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "install/cluster.hpp"
#include "steps/action.hpp"

namespace bundle::install {
namespace {

constexpr auto kReleaseTimeout = std::chrono::minutes(20);

class Manifest final : public steps::Action {
 public:
  explicit Manifest(HashedFile manifest)
      : path_(std::move(manifest.path)), sha256_(std::move(manifest.sha256)) {}

  std::string describe() const override { return to_string(Command{.argv = apply_argv()}) + "\n"; }
  json::Object inputs() const override { return {{"manifest", path_}, {"sha256", sha256_}}; }
  /// The API server itself says whether it would change anything.
  bool is_done(steps::Context& context) override {
    return context.host
               .ask(kubectl(
                   {"diff", "--server-side", "--force-conflicts", "--field-manager=bundle", "-f", path_}))
               .status == 0;
  }
  steps::Change capture(steps::Context& /*context*/) override {
    return {.type = "manifest", .key = path_, .before = {}};
  }
  void apply(steps::Context& context) override { context.host.run(apply_argv()); }
  /// The API server took it; what it defaults may differ from what was written.
  void verify(steps::Context& /*context*/) override {}

 private:
  std::vector<std::string> apply_argv() const {
    return kubectl({"apply", "--server-side", "--force-conflicts", "--field-manager=bundle", "-f", path_});
  }

  std::string path_;
  std::string sha256_;
};

class Namespace final : public steps::Action {
 public:
  Namespace(std::string name, std::string pod_security)
      : name_(std::move(name)), pod_security_(std::move(pod_security)) {}

  std::string describe() const override {
    return fmt::format("make the namespace {} with {}={}\n", name_, kLabel, pod_security_);
  }
  json::Object inputs() const override { return {{"namespace", name_}, {"pod-security", pod_security_}}; }
  bool is_done(steps::Context& context) override {
    const CommandResult shown = context.host.ask(kubectl({"get", "namespace", name_, "-o", "json"}));
    if (shown.status != 0) {
      return false;
    }
    const json::Value document = json::parse(shown.out, "the namespace " + name_, ErrorKind::step);
    const json::Value* metadata = document.find("metadata");
    const json::Value* labels = metadata == nullptr ? nullptr : metadata->find("labels");
    return labels != nullptr && json::text_at(*labels, kLabel) == pod_security_;
  }
  /// A namespace goes with the cluster only: others may have put things into it.
  steps::Change capture(steps::Context& /*context*/) override {
    return {.type = "none", .key = "namespace " + name_, .before = {}};
  }
  void apply(steps::Context& context) override {
    const json::Object document{
        {"apiVersion", "v1"},
        {"kind", "Namespace"},
        {"metadata",
         json::Object{{"name", name_}, {"labels", json::Object{{std::string(kLabel), pod_security_}}}}}};
    run_checked(context.host.runner, {.argv = kubectl({"apply", "--server-side", "--force-conflicts",
                                                       "--field-manager=bundle", "-f", "-"}),
                                      .input = json::canonical(document)});
  }

 private:
  static constexpr std::string_view kLabel = "pod-security.kubernetes.io/enforce";

  std::string name_;
  std::string pod_security_;
};

std::vector<std::string> helm(const std::string& program, std::vector<std::string> words) {
  words.insert(words.begin(), {program, "--kubeconfig", std::string(kAdminConf)});
  return words;
}

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
  const CommandResult shown = host.ask(helm(program, {"status", name, "--namespace", space, "-o", "json"}));
  if (shown.status != 0) {
    return {};
  }
  const json::Value document = json::parse(shown.out, "the output of helm status", ErrorKind::step);
  const json::Value* info = document.find("info");
  return info == nullptr ? std::string() : json::text_at(*info, "description");
}

class ReleaseAction final : public steps::Action {
 public:
  explicit ReleaseAction(Release release) : release_(std::move(release)) {}

  std::string describe() const override { return to_string(Command{.argv = upgrade_argv()}) + "\n"; }
  json::Object inputs() const override {
    json::Array values;
    for (const HashedFile& file : release_.values) {
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
          helm(release_.helm, {verb, release_.name, "--namespace", release_.namespace_, "--wait"}),
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
    std::vector<std::string> words{"upgrade",
                                   "--install",
                                   release_.name,
                                   release_.chart.path,
                                   "--namespace",
                                   release_.namespace_,
                                   "--create-namespace",
                                   "--wait",
                                   "--timeout",
                                   "15m",
                                   "--description",
                                   identity()};
    for (const HashedFile& values : release_.values) {
      words.insert(words.end(), {"--values", values.path});
    }
    return helm(release_.helm, std::move(words));
  }

  std::string identity() const { return "bundle sha256:" + sha256_hex(json::canonical(inputs())); }

  Release release_;
};

}  // namespace

std::unique_ptr<steps::Action> apply_manifest(HashedFile manifest) {
  return std::make_unique<Manifest>(std::move(manifest));
}
std::unique_ptr<steps::Action> make_namespace(std::string name, std::string pod_security) {
  return std::make_unique<Namespace>(std::move(name), std::move(pod_security));
}
std::unique_ptr<steps::Action> install_release(Release release) {
  return std::make_unique<ReleaseAction>(std::move(release));
}

void undo_manifest(host::Host& host, const steps::Change& change) {
  if (host.exists(kAdminConf) && host.exists(change.key)) {
    host.run(kubectl({"delete", "-f", change.key, "--ignore-not-found", "--wait=false"}));
  }
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
    host.run(helm(program, {"uninstall", name, "--namespace", space}), kReleaseTimeout);
  }
}

std::string unhealthy_pods(const host::Host& host) {
  const CommandResult pods =
      host.ask(kubectl({"get", "pods", "--all-namespaces", "--no-headers", "-o", "wide"}));
  std::string text;
  for (const std::string_view line : split(pods.out, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() > 3 && words[3] != "Completed" &&
        (words[3] != "Running" || words[2].starts_with("0/"))) {
      text += fmt::format("  {}/{}: {} ({} ready, {} restarts)\n", words[0], words[1], words[3], words[2],
                          words.size() > 4 ? words[4] : "?");
    }
  }
  const CommandResult events =
      host.ask(kubectl({"get", "events", "--all-namespaces", "--field-selector=type=Warning", "--no-headers",
                        "-o", "custom-columns=:.involvedObject.name,:.message"}));
  const std::vector<std::string_view> lines = split(trim(events.out), '\n');
  for (std::size_t i = lines.size() > 8 ? lines.size() - 8 : 0; i < lines.size(); ++i) {
    text += "  " + std::string(lines[i]) + "\n";
  }
  return text;
}

}  // namespace bundle::install
