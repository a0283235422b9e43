#include "images/node_texts.hpp"

#include <algorithm>

namespace bundle::images {

const yaml::Node* at(const yaml::Node& node, std::initializer_list<std::string_view> path) {
  const yaml::Node* found = &node;
  for (const std::string_view key : path) {
    found = found == nullptr ? nullptr : found->find(key);
  }
  return found;
}

std::string text_at(const yaml::Node& node, std::initializer_list<std::string_view> path) {
  const yaml::Node* found = at(node, path);
  return found != nullptr && found->is_scalar() ? found->text : "";
}

std::string_view scalar_of(const yaml::Node& mapping, std::string_view key) {
  const yaml::Node* found = mapping.find(key);
  return found != nullptr && found->is_scalar() ? std::string_view(found->text) : std::string_view();
}

Strings texts_at(const yaml::Node& node, std::string_view key) {
  Strings all;
  if (const yaml::Node* list = node.find(key)) {
    for (const yaml::Node& item : list->items) {
      all.push_back(item.text);
    }
  }
  return all;
}

bool has_any(const Strings& texts, std::initializer_list<std::string_view> wanted) {
  return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
    return std::find(wanted.begin(), wanted.end(), text) != wanted.end();
  });
}

bool has_labels(const yaml::Node& labels, const yaml::Node& wanted) {
  return std::all_of(wanted.members.begin(), wanted.members.end(), [&labels](const yaml::Member& label) {
    const yaml::Node* value = labels.find(label.key);
    return value != nullptr && value->text == label.value.text;
  });
}

}  // namespace bundle::images
