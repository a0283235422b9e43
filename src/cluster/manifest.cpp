#include "cluster/manifest.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include "cluster/kubectl.hpp"
#include "steps/action.hpp"

namespace bundle::cluster {
namespace {

class Manifest final : public steps::Action {
 public:
  explicit Manifest(deliver::HashedFile manifest)
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
    const CommandResult shown = context.host.ask(kubectl({"get", "-o", "json", "--", "namespace", name_}));
    if (shown.status != 0) {
      return false;
    }
    const json::Value document = json::parse(shown.out, "the namespace " + name_, ErrorKind::step);
    const json::Value& labels = json::member_at(json::member_at(document, "metadata"), "labels");
    return json::text_at(labels, kLabel) == pod_security_;
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

}  // namespace

std::unique_ptr<steps::Action> apply_manifest(deliver::HashedFile manifest) {
  return std::make_unique<Manifest>(std::move(manifest));
}
std::unique_ptr<steps::Action> make_namespace(std::string name, std::string pod_security) {
  return std::make_unique<Namespace>(std::move(name), std::move(pod_security));
}
void undo_manifest(host::Host& host, const steps::Change& change) {
  if (!host.exists(kAdminConf) || !host.exists(change.key)) {
    return;
  }
  try {
    host.run(kubectl({"delete", "-f", change.key, "--ignore-not-found", "--wait=false"}));
  } catch (Error& error) {
    if (!is_api_ready(host)) {
      error.set_hint(
          "the control plane does not answer; when it is beyond repair it goes first: bundle undo "
          "--force kubeadm-init; bundle undo --all");
    }
    throw;
  }
}

}  // namespace bundle::cluster
