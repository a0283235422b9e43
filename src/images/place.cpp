#include "images/place.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "base/text.hpp"
#include "images/node_texts.hpp"
#include "images/text.hpp"

namespace bundle::images {
namespace {

/// `exemptImages`, `excludedImages`: what a policy leaves alone.
bool is_exemption(const std::vector<std::string>& words) {
  static constexpr std::array<std::string_view, 12> kWords = {"exempt", "exempted", "exclude", "excluded",
                                                              "ignore", "ignored",  "skip",    "skipped",
                                                              "deny",   "denied",   "blocked", "forbidden"};
  return words.size() > 1 && is_in(kWords, words.front()) && words.back().starts_with("image");
}

/// `command: [sh]`, `env: {A: b}`, `imagePullPolicy: Always`; not `command: build` of something else.
bool is_container_setting(std::string_view key, const yaml::Node& value) {
  static constexpr std::array<std::string_view, 5> kSettings = {"command", "args", "env", "envFrom",
                                                                "volumeMounts"};
  return key == "imagePullPolicy" || (is_in(kSettings, key) && !value.is_scalar());
}

}  // namespace

bool is_workload_kind(const Object& object) {
  static constexpr std::array<std::string_view, 9> kKinds = {
      "CronJob",    "DaemonSet",   "Deployment", "Job",
      "Pod",        "PodTemplate", "ReplicaSet", "ReplicationController",
      "StatefulSet"};
  return is_builtin_group(object.group()) && is_in(kKinds, object.kind);
}

bool is_container_list(std::string_view key) {
  return key == "containers" || key == "initContainers" || key == "ephemeralContainers";
}

bool is_argument_list(std::string_view key) {
  const std::string flat = lower(key);
  return flat == "command" || flat.ends_with("args") || flat.ends_with("arguments");
}

bool is_never_read(std::string_view key, const yaml::Node& value) {
  static constexpr std::array<std::string_view, 6> kProse = {"description", "example",     "examples",
                                                             "summary",     "runbook_url", "message"};
  static constexpr std::array<std::string_view, 3> kLabels = {"labels", "matchLabels", "nodeSelector"};
  const bool has_text_only =
      value.is_mapping() &&
      std::all_of(value.members.begin(), value.members.end(), [](const yaml::Member& member) {
        return member.value.is_scalar() && member.value.text.find("://") == std::string::npos;
      });
  return is_in(kProse, key) || (is_in(kLabels, key) && has_text_only);
}

bool is_about_images(std::string_view key) {
  static constexpr std::array<std::string_view, 5> kOther = {"path", "paths", "registries", "families",
                                                             "proxy"};
  return classify_key(key).role == KeyRole::image || is_image_map(key) ||
         (mentions_image(key) && !is_in(kOther, words_of(key).back()));
}

bool is_image_map(std::string_view key) {
  const std::string flat = flatten(key);
  return flat.ends_with("images") || flat.ends_with("imageoverrides") || flat.ends_with("imagesoverrides") ||
         flat.ends_with("imagesoverride") || flat.ends_with("imageoverride");
}

bool is_file_name(std::string_view key) {
  static constexpr std::array<std::string_view, 9> kEndings = {
      ".yaml", ".yml", ".json", ".toml", ".conf", ".cfg", ".ini", ".properties", ".sh"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [key](std::string_view ending) { return key.ends_with(ending); });
}

bool is_other_key(std::string_view key) {
  static constexpr std::array<std::string_view, 14> kWords = {
      "url",  "uri",    "address", "addr",   "endpoint", "upstream", "target",
      "host", "server", "chart",   "module", "policy",   "link",     "glob"};
  const std::vector<std::string> words = words_of(key);
  return std::any_of(words.begin(), words.end(), [](const std::string& word) { return is_in(kWords, word); });
}

std::string_view off_switch(const yaml::Node& mapping) {
  for (const std::string_view name : {"enabled", "enable"}) {
    if (scalar_of(mapping, name) == "false") {
      return name;
    }
  }
  return scalar_of(mapping, "disabled") == "true" ? "disabled" : "";
}

bool is_example(std::string_view key) {
  return key == "_example" || key.ends_with(".example") || key.ends_with(".sample");
}

bool is_artifact(std::string_view key) {
  const std::string word = words_of(key).back();
  return !is_file_name(key) && (word == "artifact" || word == "artifacts");
}

std::string_view why_unused(std::string_view key) {
  const std::vector<std::string> words = words_of(key);
  const auto oci = std::find(words.begin(), words.end(), "oci");
  const bool is_oci = oci != words.end() && oci + 1 != words.end() &&
                      (*(oci + 1) == "artifact" || *(oci + 1) == "artifacts" || *(oci + 1) == "ref");
  if (is_oci) {
    return kArtifact;
  }
  const bool is_policy = is_exemption(words) || key == "verifyImages";
  return is_policy ? "a policy's list of images, which nothing pulls" : "";
}

bool speaks_of_container(const yaml::Node& mapping) {
  bool speaks = false;
  for (const auto& [key, value] : mapping.members) {
    const KeyName name = classify_key(key);
    const bool is_piece =
        name.role != KeyRole::none && name.role != KeyRole::image && name.role != KeyRole::name;
    if (is_piece && name.group.empty()) {
      return false;
    }
    speaks = speaks || is_container_setting(key, value);
  }
  return speaks;
}

std::string_view registry_for(const yaml::Node& mapping) {
  static constexpr std::array<std::string_view, 4> kKeys = {"registry", "base", "imageregistry",
                                                            "containerregistry"};
  for (const auto& [key, value] : mapping.members) {
    const bool is_registry =
        value.is_scalar() && is_registry_prefix(value.text) && is_in(kKeys, flatten(key));
    if (is_registry &&
        (key != "base" || value.text.find('/') != std::string::npos)) {  // a base may be a domain
      return value.text;
    }
  }
  const yaml::Node* global = mapping.find("global");
  return global == nullptr ? std::string_view() : registry_for(*global);
}

}  // namespace bundle::images
