#include "images/scope.hpp"

#include <utility>
#include <vector>

#include "images/node_texts.hpp"
#include "images/place.hpp"
#include "images/text.hpp"

namespace bundle::images {
namespace {

std::string_view version_in(const yaml::Node& mapping) {
  const std::string_view tag = scalar_of(mapping, "tag");
  return tag.empty() ? scalar_of(mapping, "version") : tag;
}

}  // namespace

void Scope::add_defaults(const yaml::Node& mapping) {
  const yaml::Node* global = mapping.find("global");
  for (const auto& [from, name] : {std::pair{&mapping, "hub"}, {global, "hub"}, {global, "repository"}}) {
    const std::string_view found = from == nullptr ? "" : scalar_of(*from, name);
    const std::string_view tag = found.empty() ? "" : version_in(*from);
    if (!tag.empty()) {
      hub = found;
      hub_tag = tag;
    }
  }
  const std::string_view own_registry = registry_for(mapping);
  const std::string_view own_version = scalar_of(mapping, "version");
  registry = own_registry.empty() ? registry : own_registry;
  version = own_version.empty() ? version : own_version;
}

void Scope::enter(const std::string& member, const yaml::Node& value) {
  key = member;
  if (has_fields) {
    off = off.empty() && is_example(key) ? "an example, which nothing reads" : off;
    unused = unused.empty() ? why_unused(key) : unused;
    is_artifact = is_artifact || images::is_artifact(key);
  }
  is_image_item = is_image_map;
  is_image_map = images::is_image_map(key) && value.is_mapping();
  in_images = in_images || is_about_images(key);
}

/// Is a name with a tag an image here, though it has no host?
bool Scope::may_stand_alone(std::string_view text) const {
  if (is_image_item || (any_key && mentions_image(key))) {
    return !is_host_and_port(text);
  }
  return in_images && text.find('/') != std::string_view::npos && !is_other_key(key);
}

bool Scope::is_image(std::string_view text) const {
  if (is_strict_reference(text) && classify_key(key).role == KeyRole::image) {
    return true;
  }
  if (is_complete_reference(text) && may_stand_alone(text)) {
    return true;
  }
  if (any_key) {
    return is_full_reference(text);
  }
  const std::vector<std::string> words = full_references_in(text);
  return words.size() == 1 && words[0] == text && !is_other_key(key) && !ends_in_port(text);
}

bool Scope::takes_word(const yaml::Node& value, const yaml::Node& mapping) const {
  return has_fields && !is_strict_reference(value.text) && speaks_of_container(mapping);
}

Scope Scope::for_plain_reference() const {
  Scope made = *this;
  const bool speaks = in_images || classify_key(key).role == KeyRole::image;
  if (is_artifact && !speaks && unused.empty()) {
    made.unused = kArtifact;
  }
  return made;
}

ComposeContext Scope::compose_context(bool has_parent, bool is_list_item) const {
  const bool is_below = classify_key(key).role == KeyRole::image && has_parent;
  return {.below_image_key = (is_below && !is_image_map) || is_image_item,
          .is_list_item = is_below && is_list_item,
          .is_resource = klass == "cr-field" && embedding == 0 && key != "global",
          .hub = hub,
          .hub_tag = hub_tag,
          .registry = registry,
          .version = version};
}

}  // namespace bundle::images
