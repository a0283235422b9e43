#include "images/walk.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "images/compose.hpp"
#include "images/embedded.hpp"
#include "images/node_texts.hpp"
#include "images/os_choice.hpp"
#include "images/place.hpp"
#include "images/scope.hpp"
#include "images/settings.hpp"
#include "images/text.hpp"
#include "spec/reference.hpp"

namespace bundle::images {
namespace {

constexpr int kMaxEmbedding = 3;

bool has_scalars_only(const yaml::Node& sequence) {
  return std::all_of(sequence.items.begin(), sequence.items.end(),
                     [](const yaml::Node& item) { return item.is_scalar(); });
}

class Walker {
 public:
  explicit Walker(Candidates& found) : found_(found) {}

  void object(const Object& object) {
    object_ = &object;
    path_.clear();
    Scope scope{.klass = "podspec"};
    scope.off = object.is_test ? "helm test hook" : "";
    if (object.kind == "CustomResourceDefinition") {
      schema(object.node, false);
    } else if (object.kind == "ConfigMap" || object.kind == "Secret") {
      scope.klass = "configmap";
      scope.has_fields = true;
      scope.any_key = true;
      data_of(object.node, scope);
    } else {
      const bool is_custom = !is_builtin_group(object.group());
      scope.klass = is_custom ? "cr-field" : "podspec";
      scope.has_fields = is_custom;
      scope.is_workload = is_workload_kind(object);
      members(object.node, scope);
    }
  }

 private:
  // --- what is found

  void add(const std::string& text, std::string_view klass, const Scope& scope, const yaml::Node* at,
           std::string doubt = {}) {
    found_.all.push_back({.text = text,
                          .klass = std::string(klass),
                          .object = object_,
                          .path = path_,
                          .at = at,
                          .off = scope.off.empty() ? std::string(scope.unused) : scope.off,
                          .doubt = std::move(doubt)});
  }

  void add_leftovers(std::string_view text, const Scope& scope, std::string_view klass) {
    for (const std::string& word : full_references_in(text)) {
      add(word, klass, scope, nullptr, "a word in a text that looks like an image");
      found_.all.back().is_leftover = true;
    }
  }

  void add_composed(const Composed& composed, std::string_view klass, const Scope& scope,
                    const yaml::Node* at) {
    const bool is_reference = is_strict_reference(composed.text);
    if (composed.doubt.empty() && !is_reference) {
      return;
    }
    add(composed.text, klass, scope, at, composed.doubt);
    found_.all.back().parts = composed.parts;
  }

  // --- structure

  template <class Visit>
  void below(std::string key, Visit&& visit) {
    path_.push_back(std::move(key));
    visit();
    path_.pop_back();
  }

  void node(const yaml::Node& node, const Scope& scope) {
    switch (node.kind) {
      case yaml::Kind::null:
        return;
      case yaml::Kind::scalar:
        return scalar(node, scope);
      case yaml::Kind::sequence:
        return items(node, scope);
      case yaml::Kind::mapping:
        return members(node, scope);
    }
  }

  void items(const yaml::Node& sequence, const Scope& scope) {
    for (std::size_t i = 0; i < sequence.items.size(); ++i) {
      below(fmt::format("[{}]", i), [&] { node(sequence.items[i], scope); });
    }
  }

  void members(const yaml::Node& mapping, Scope scope) {
    if (const std::string_view off_key = off_switch(mapping); scope.off.empty() && !off_key.empty()) {
      scope.off =
          fmt::format("{} is {}", to_string(path_) + "." + std::string(off_key), scalar_of(mapping, off_key));
    }
    scope.add_defaults(mapping);
    const bool is_container = scope.is_workload && is_container_item();
    const std::set<std::string_view> used =
        scope.has_fields ? fields(mapping, scope) : std::set<std::string_view>();
    if (scope.has_fields) {
      choices_by_os(mapping, scope);
    }
    for (const auto& [key, member] : mapping.members) {
      const bool is_done = used.contains(key) && member.is_scalar();
      if (!is_done && !is_never_read(key, member)) {
        below(key, [&] { this->member(key, member, mapping, scope); });
      }
    }
    if (is_container && mapping.find("image") == nullptr) {
      add("", scope.klass, scope, &mapping, "a container without an image");
    }
  }

  bool is_container_item() const {
    return path_.size() >= 2 && path_.back().starts_with('[') && is_container_list(path_[path_.size() - 2]);
  }

  void member(const std::string& key, const yaml::Node& value, const yaml::Node& mapping, Scope scope) {
    scope.enter(key, value);
    if (key == "image" && value.is_scalar() && (is_container_path() || scope.takes_word(value, mapping))) {
      return container_image(value, mapping, scope);
    }
    if (key == "reference" && path_.size() >= 4 && path_[path_.size() - 2] == "image" &&
        path_[path_.size() - 4] == "volumes" && value.is_scalar()) {
      return add(value.text, scope.klass, scope, &mapping);
    }
    if (key == "annotations" && value.is_mapping()) {
      return annotations(value, scope);
    }
    if (value.is_sequence() && is_environment(value)) {
      return settings(images_of_environment(value), "env", scope, value);
    }
    if (value.is_sequence() && is_argument_list(key) && has_scalars_only(value)) {
      return settings(images_of_arguments(value, mapping.find("env")), "arg", scope, value);
    }
    if (value.is_sequence() && scope.has_fields && classify_key(key).role == KeyRole::image) {
      return image_list(value, scope);
    }
    node(value, scope);
  }

  /// `…containers[N].image`.
  bool is_container_path() const {
    return path_.size() >= 3 && path_[path_.size() - 2].starts_with('[') &&
           is_container_list(path_[path_.size() - 3]);
  }

  void container_image(const yaml::Node& value, const yaml::Node& mapping, Scope scope) {
    scope.unused = {};
    const std::string text(trim(value.text));
    const bool can_be_pulled = text != "auto" && spec::parse_reference(text);
    if (!can_be_pulled && !scope.is_workload) {
      return;
    }
    add(text, scope.klass, scope, &mapping,
        can_be_pulled ? "" : "the image of a pod cannot be pulled as it is written");
    found_.all.back().is_of_container = true;
  }

  // --- fields of custom resources and embedded documents

  std::set<std::string_view> fields(const yaml::Node& mapping, const Scope& scope) {
    if (is_container_item()) {
      return {};
    }
    std::vector<NamedValue> siblings;
    for (const auto& [key, member] : mapping.members) {
      if (member.is_scalar()) {
        siblings.emplace_back(key, member.text);
      } else if (member.kind == yaml::Kind::null) {
        siblings.emplace_back(key, "");
      }
    }
    std::set<std::string_view> used;
    const ComposeContext context =
        scope.compose_context(!path_.empty(), !path_.empty() && path_.back().starts_with('['));
    for (const Composed& composed : compose(siblings, context)) {
      const bool is_whole = composed.keys.size() == 1;
      if (is_whole) {
        path_.emplace_back(*composed.keys.begin());
      }
      add_composed(composed, scope.klass, scope, &mapping);
      if (is_whole) {
        path_.pop_back();
      }
      used.insert(composed.keys.begin(), composed.keys.end());
    }
    return used;
  }

  void choices_by_os(const yaml::Node& mapping, const Scope& scope) {
    const std::vector<OsChoice> choices = os_choices(mapping);
    if (choices.empty()) {
      return;
    }
    for (Candidate& fallback : found_.all) {
      if (fallback.at == &mapping) {
        std::transform(choices.begin(), choices.end(), std::back_inserter(fallback.unless_os),
                       [](const OsChoice& choice) { return choice.pattern; });
      }
    }
    const std::vector<std::string> base = path_;
    for (const OsChoice& choice : choices) {
      path_.insert(path_.end(), choice.path.begin(), choice.path.end());
      path_.emplace_back("image");
      const std::string registry(scope.registry);
      add(registry.empty() ? choice.text : registry + "/" + choice.text, scope.klass, scope, choice.at,
          registry.empty() ? "an image and a version without a repository" : "");
      found_.all.back().only_os = choice.pattern;
      path_ = base;
    }
  }

  void image_list(const yaml::Node& sequence, const Scope& scope) {
    for (std::size_t i = 0; i < sequence.items.size(); ++i) {
      const yaml::Node& item = sequence.items[i];
      below(fmt::format("[{}]", i), [&] {
        if (item.is_scalar() && is_strict_reference(item.text)) {
          add(item.text, scope.klass, scope, &sequence);
        } else {
          node(item, scope);
        }
      });
    }
  }

  void scalar(const yaml::Node& value, const Scope& scope) {
    const std::string_view text = trim(value.text);
    if (scope.has_fields && scope.is_image(text)) {
      return add(std::string(text), scope.klass, scope.for_plain_reference(), nullptr);
    }
    const bool is_text = value.text.find('\n') != std::string::npos || text.starts_with('{') ||
                         text.starts_with('[') || is_file_name(scope.key);
    if (scope.has_fields && is_text) {
      return embedded_text(text, scope);
    }
    const std::string_view image = without_transport(text);
    if (image.size() < text.size() && is_complete_reference(image) && !is_host_and_port(image)) {
      return add(std::string(image), scope.klass, scope, nullptr);
    }
    add_leftovers(text, scope, scope.klass);
  }

  // --- environment and arguments

  void settings(const SettingImages& images, std::string_view klass, const Scope& scope,
                const yaml::Node& at) {
    const std::vector<std::string> base = path_;
    const auto go_to = [&](const SettingImage& image) {
      path_ = base;
      path_.insert(path_.end(), image.path.begin(), image.path.end());
    };
    for (const SettingImage& image : images.found) {
      go_to(image);
      add(image.text, klass, scope, &at, image.doubt);
      found_.all.back().parts = image.parts;
    }
    for (const SettingImage& other : images.rest) {
      go_to(other);
      setting_text(trim(other.text), klass, scope);
    }
    path_ = base;
  }

  /// JSON or YAML in an environment variable; else words.
  void setting_text(std::string_view text, std::string_view klass, const Scope& scope) {
    if (!text.starts_with('{') && !text.starts_with('[') && text.find('\n') == std::string_view::npos) {
      return add_leftovers(text, scope, klass);
    }
    Scope inner = scope;
    inner.klass = klass;
    inner.has_fields = true;
    inner.any_key = true;
    embedded_text(text, inner);
  }

  // --- annotations

  void annotations(const yaml::Node& mapping, const Scope& scope) {
    for (const auto& [key, value] : mapping.members) {
      const bool is_copy = key == "kubectl.kubernetes.io/last-applied-configuration";
      if (!value.is_scalar() || is_copy || is_never_read(key, value)) {
        continue;
      }
      const std::string_view last = std::string_view(key).substr(key.rfind('/') + 1);
      const std::string_view text = trim(value.text);
      below(key, [&] {
        const bool is_image = classify_key(last).role == KeyRole::image && is_strict_reference(text);
        if (is_image || is_full_reference(text)) {
          add(std::string(text), "annotation", scope, &mapping);
        } else {
          add_leftovers(value.text, scope, "annotation");
        }
      });
    }
  }

  // --- ConfigMaps, Secrets and other texts

  void data_of(const yaml::Node& object, const Scope& scope) {
    for (const std::string_view key : {"data", "stringData"}) {
      const yaml::Node* data = object.find(key);
      if (data == nullptr || !data->is_mapping()) {
        continue;
      }
      below(std::string(key), [&] {
        const bool is_base64 = object_->kind == "Secret" && key == "data";
        if (is_base64) {
          found_.embedded.push_back(decode_values(*data));
          data = &found_.embedded.back();
        }
        members(*data, scope);
      });
    }
    if (const yaml::Node* metadata = object.find("metadata")) {
      below("metadata", [&] { members(*metadata, {.klass = "annotation", .off = scope.off}); });
    }
  }

  void embedded_text(std::string_view text, const Scope& scope) {
    std::vector<yaml::Node> documents;
    if (scope.embedding < kMaxEmbedding && parse_embedded(text, documents)) {
      Scope inner = scope;
      inner.embedding += 1;
      inner.any_key = true;
      inner.is_workload = false;
      for (yaml::Node& document : documents) {
        found_.embedded.push_back(std::move(document));
        inner.key.clear();
        node(found_.embedded.back(), inner);
      }
      return;
    }
    if (scope.klass != "configmap") {
      return add_leftovers(text, scope, scope.klass);
    }
    const TextImages images = images_in_text(text);
    for (const std::string& image : images.found) {
      add(image, scope.klass, scope, nullptr);
    }
    if (images.found.empty() && images.has_template) {
      add("", scope.klass, scope, nullptr, "a template in a text makes an image name");
      found_.all.back().is_leftover = true;
    }
  }

  /// CRD schemas: only what stands in a `default:`; descriptions are full of examples.
  void schema(const yaml::Node& value, bool in_default) {
    if (value.is_scalar() && in_default) {
      add_leftovers(value.text, {}, "cr-field");
    }
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      below(fmt::format("[{}]", i), [&] { schema(value.items[i], in_default); });
    }
    for (const auto& [key, member] : value.members) {
      below(key, [&] { schema(member, in_default || key == "default"); });
    }
  }

  Candidates& found_;
  const Object* object_ = nullptr;
  std::vector<std::string> path_;
};

}  // namespace

Candidates find_candidates(const std::vector<Object>& objects) {
  Candidates found;
  Walker walker(found);
  for (const Object& object : objects) {
    walker.object(object);
  }
  return found;
}

}  // namespace bundle::images
