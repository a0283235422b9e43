#include "images/objects.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"

namespace bundle::images {
namespace {

std::string text_of(const yaml::Node* node, std::string_view key) {
  const yaml::Node* found = node == nullptr ? nullptr : node->find(key);
  return found != nullptr && found->is_scalar() ? found->text : "";
}

/// Hooks of install, upgrade, delete and rollback run in an installation; `test`, `test-success` and
/// `test-failure` do not. Source: helm.sh/docs/topics/charts_hooks.
bool is_test_hook(const yaml::Node* metadata) {
  const yaml::Node* annotations = metadata == nullptr ? nullptr : metadata->find("annotations");
  const std::string hooks = text_of(annotations, "helm.sh/hook");
  if (hooks.empty()) {
    return false;
  }
  const std::vector<std::string_view> all = split(hooks, ',');
  return std::all_of(all.begin(), all.end(),
                     [](std::string_view hook) { return trim(hook).starts_with("test"); });
}

void add_object(yaml::Node node, std::vector<Object>& objects) {
  Object made{.kind = text_of(&node, "kind"), .api_version = text_of(&node, "apiVersion")};
  yaml::Node* items = nullptr;
  for (auto& [key, member] : node.members) {
    items = key == "items" && member.is_sequence() ? &member : items;
  }
  if (items != nullptr && made.kind.ends_with("List")) {
    for (yaml::Node& item : items->items) {
      add_object(std::move(item), objects);
    }
    return;
  }
  if (made.kind.empty()) {
    return;
  }
  const yaml::Node* metadata = node.find("metadata");
  made.name = text_of(metadata, "name");
  if (made.name.empty()) {
    made.name = text_of(metadata, "generateName");
  }
  made.namespace_ = text_of(metadata, "namespace");
  made.is_test = is_test_hook(metadata);
  made.node = std::move(node);
  objects.push_back(std::move(made));
}

/// The template that a rendered document came from, by helm's comment.
std::string source_of(std::string_view document) {
  constexpr std::string_view kMark = "# Source: ";
  const std::size_t at = document.find(kMark);
  if (at == std::string_view::npos) {
    return "";
  }
  const std::string_view rest = document.substr(at + kMark.size());
  return " (" + std::string(rest.substr(0, rest.find('\n'))) + ")";
}

/// Splits at lines that begin with `---`, which no content of a block mapping can do.
std::vector<std::string_view> split_documents(std::string_view text) {
  std::vector<std::string_view> documents;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    std::size_t at = text.substr(begin).starts_with("---") ? begin : text.find("\n---", begin);
    if (at == std::string_view::npos) {
      documents.push_back(text.substr(begin));
      break;
    }
    at += text[at] == '\n' ? 1 : 0;
    documents.push_back(text.substr(begin, at - begin));
    begin = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string_view rest_of_line = trim(text.substr(at + 3, begin - at - 3));
    if (!rest_of_line.empty() && !rest_of_line.starts_with('#')) {
      begin = at + 3;  // `--- {a: 1}`: the content starts on the same line
    }
    if (begin >= text.size()) {
      break;
    }
  }
  return documents;
}

}  // namespace

std::string Object::group() const {
  const std::size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

std::vector<Object> parse_objects(std::string_view text, const std::string& name) {
  std::vector<Object> objects;
  int number = 0;
  for (const std::string_view document : split_documents(text)) {
    ++number;
    if (trim(document).empty()) {
      continue;
    }
    const std::string title = fmt::format("{} document {}{}", name, number, source_of(document));
    for (yaml::Node& node :
         yaml::parse_all(document, title, ErrorKind::integrity, yaml::DuplicateKeys::last_wins)) {
      add_object(std::move(node), objects);
    }
  }
  return objects;
}

bool is_builtin_group(std::string_view group) {
  static constexpr std::array<std::string_view, 30> kGroups = {
      "",
      "admissionregistration.k8s.io",
      "apiextensions.k8s.io",
      "apiregistration.k8s.io",
      "apps",
      "authentication.k8s.io",
      "authorization.k8s.io",
      "autoscaling",
      "batch",
      "certificates.k8s.io",
      "coordination.k8s.io",
      "custom.metrics.k8s.io",
      "discovery.k8s.io",
      "events.k8s.io",
      "extensions",
      "external.metrics.k8s.io",
      "flowcontrol.apiserver.k8s.io",
      "gateway.networking.k8s.io",
      "internal.apiserver.k8s.io",
      "metrics.k8s.io",
      "networking.k8s.io",
      "node.k8s.io",
      "policy",
      "rbac.authorization.k8s.io",
      "resource.k8s.io",
      "scheduling.k8s.io",
      "settings.k8s.io",
      "snapshot.storage.k8s.io",
      "storage.k8s.io",
      "storagemigration.k8s.io",
  };
  return std::find(kGroups.begin(), kGroups.end(), group) != kGroups.end();
}

std::vector<std::string> crd_api_versions(const std::vector<Object>& objects) {
  std::set<std::string> all;
  for (const Object& object : objects) {
    const yaml::Node* spec = object.kind == "CustomResourceDefinition" ? object.node.find("spec") : nullptr;
    const yaml::Node* versions = spec == nullptr ? nullptr : spec->find("versions");
    if (versions == nullptr) {
      continue;
    }
    for (const yaml::Node& version : versions->items) {
      const std::string api = text_of(spec, "group") + "/" + text_of(&version, "name");
      all.insert(api);
      all.insert(api + "/" + text_of(spec->find("names"), "kind"));
    }
  }
  return {all.begin(), all.end()};
}

}  // namespace bundle::images
