#include "helm/requests.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "base/text.hpp"
#include "images/node_texts.hpp"

namespace bundle::helm {
namespace {

constexpr int kDeepest = 3;  // mappings below spec in which what asks for pods is looked for

/// `3.1`, `v2`: of a program. `2` is one of a secret or a schema.
bool is_program_version(const yaml::Node& value) {
  return value.is_scalar() && (value.text.starts_with('v') || value.text.find('.') != std::string::npos);
}

bool is_pod_template(const yaml::Node& value) {
  return value.find("spec") != nullptr || value.find("containers") != nullptr;
}

/// A member of `spec` itself.
bool asks_directly(std::string_view key, const yaml::Node& value) {
  static constexpr std::array<std::string_view, 9> kKeys = {"size",        "affinity", "resources",
                                                            "storage",     "nodeSets", "nodePools",
                                                            "serverCount", "podSpec",  "instances"};
  if (key == "version") {
    return is_program_version(value);
  }
  return key == "template" ? is_pod_template(value) : is_in(kKeys, key);
}

/// A member of a mapping at any of the first levels.
bool asks_anywhere(std::string_view key) {
  return key == "replicas" || key == "imagePullPolicy" || key == "imagePullSecrets";
}

/// The same, also in lists.
bool asks_in_lists(std::string_view key) {
  static constexpr std::array<std::string_view, 4> kKeys = {"podTemplate", "podTemplateSpec",
                                                            "volumeClaimTemplate", "volumeClaimTemplates"};
  return is_in(kKeys, key);
}

bool asks(const yaml::Member& member, int depth, bool in_list) {
  if (asks_in_lists(member.key) || (!in_list && asks_anywhere(member.key))) {
    return true;
  }
  if (depth == 1 && asks_directly(member.key, member.value)) {
    return true;
  }
  return depth == 2 && !in_list && member.key.ends_with("Version") && is_program_version(member.value);
}

bool asks_for_pods(const yaml::Node& node, int depth, bool in_list) {
  const auto is_below = [&](const yaml::Node& value) {
    return depth < kDeepest && (value.is_mapping() || value.is_sequence()) &&
           asks_for_pods(value, depth + 1, in_list || value.is_sequence());
  };
  return std::any_of(node.members.begin(), node.members.end(),
                     [&](const yaml::Member& member) {
                       return asks(member, depth, in_list) || is_below(member.value);
                     }) ||
         std::any_of(node.items.begin(), node.items.end(), is_below);
}

/// Flux' FluxInstance and the like: a distribution of images by registry and version.
bool names_distribution(const yaml::Node& spec) {
  const yaml::Node* distribution = spec.find("distribution");
  return distribution != nullptr && !images::scalar_of(*distribution, "version").empty();
}

/// HelmRelease, Application, Subscription, …: what it installs is rendered elsewhere.
bool fetches_manifests(const images::Object& object) {
  static constexpr std::array<std::string_view, 9> kGroups = {
      "helm.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io", "helm.cattle.io", "fleet.cattle.io",
      "kappctrl.k14s.io",       "pkg.crossplane.io",           "app.k8s.io",     "operators.coreos.com",
      "packaging.carvel.dev"};
  static constexpr std::array<std::string_view, 10> kKinds = {
      "HelmRelease", "Kustomization", "HelmChart", "GitRepo",      "Bundle",
      "App",         "Provider",      "Function",  "Subscription", "PackageInstall"};
  static constexpr std::array<std::string_view, 2> kArgo = {"Application", "ApplicationSet"};
  return (is_in(kGroups, object.group()) && is_in(kKinds, object.kind)) ||
         (object.group() == "argoproj.io" && is_in(kArgo, object.kind));
}

bool ends_in_any(std::string_view text, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [text](std::string_view ending) { return text.ends_with(ending); });
}

/// Configures something that runs already.
bool is_configuration(const images::Object& object) {
  static constexpr std::array<std::string_view, 18> kGroups = {"cert-manager.io",
                                                               "networking.istio.io",
                                                               "security.istio.io",
                                                               "telemetry.istio.io",
                                                               "route.openshift.io",
                                                               "autoscaling.k8s.io",
                                                               "keda.sh",
                                                               "external-secrets.io",
                                                               "traefik.io",
                                                               "kyverno.io",
                                                               "karpenter.sh",
                                                               "karpenter.k8s.aws",
                                                               "cilium.io",
                                                               "projectcontour.io",
                                                               "constraints.gatekeeper.sh",
                                                               "templates.gatekeeper.sh",
                                                               "extensions.istio.io",
                                                               "cluster.x-k8s.io"};
  static constexpr std::array<std::string_view, 4> kKinds = {
      "StorageClass", "VerticalPodAutoscaler", "SecurityContextConstraints", "PodDisruptionBudget"};
  return is_in(kGroups, object.group()) || is_in(kKinds, object.kind) ||
         ends_in_any(object.kind, {"Monitor", "Rule", "Probe", "Scrape", "ScrapeConfig", "Topic", "User",
                                   "Schedule", "Secret", "Dashboard", "Datasource", "Policy"});
}

std::string_view why_asking(const images::Object& object) {
  if (fetches_manifests(object)) {
    return "this custom resource installs manifests that are not here, and so names none of their images";
  }
  const yaml::Node* spec = object.node.find("spec");
  const bool asks = object.group().starts_with("operator.") ||
                    (spec != nullptr && (asks_for_pods(*spec, 1, false) || names_distribution(*spec)));
  return asks && !is_configuration(object)
             ? "this custom resource asks for pods and names no image; its operator chooses them"
             : "";
}

}  // namespace

bool has_open_container(const yaml::Node& node) {
  const auto is_open = [](const yaml::Node& item) {
    return item.find("name") != nullptr && item.find("image") == nullptr;
  };
  return std::any_of(
             node.members.begin(), node.members.end(),
             [&is_open](const yaml::Member& member) {
               const auto& items = member.value.items;
               return (member.key == "containers" && std::any_of(items.begin(), items.end(), is_open)) ||
                      has_open_container(member.value);
             }) ||
         std::any_of(node.items.begin(), node.items.end(), has_open_container);
}

std::vector<Request> find_foreign_requests(const std::vector<images::Object>& objects,
                                           const HandledGroups& groups) {
  std::set<std::string> kinds_here;
  for (const images::Object& object : objects) {
    const yaml::Node* spec = object.kind == "CustomResourceDefinition" ? object.node.find("spec") : nullptr;
    const yaml::Node* names = spec == nullptr ? nullptr : spec->find("names");
    if (names != nullptr) {
      kinds_here.insert(
          fmt::format("{}/{}", images::scalar_of(*spec, "group"), images::scalar_of(*names, "kind")));
    }
  }
  std::vector<Request> found;
  for (const images::Object& object : objects) {
    const std::string group = object.group();
    const bool is_operated = groups.owned.contains(group) ||
                             (groups.handles(group) && kinds_here.contains(group + "/" + object.kind));
    const bool is_custom =
        !images::is_builtin_group(group) && !object.is_test && object.kind != "CustomResourceDefinition";
    const std::string_view because = is_custom && !is_operated ? why_asking(object) : "";
    if (!because.empty()) {
      found.push_back({.object = &object, .because = because});
    }
  }
  return found;
}

}  // namespace bundle::helm
