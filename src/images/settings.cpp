#include "images/settings.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "images/compose.hpp"
#include "images/node_texts.hpp"
#include "images/text.hpp"

namespace bundle::images {
namespace {

std::string_view trim_quotes(std::string_view text) {
  while (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == '"' || text.back() == '\'')) {
    text.remove_suffix(1);
  }
  return text;
}

bool is_image_of(std::string_view name, std::string_view value) {
  return is_full_reference(value) ||
         (classify_key(name).role == KeyRole::image && is_strict_reference(value)) ||
         (mentions_image(name) && is_complete_reference(value) && !is_host_and_port(value));
}

/// The value of one setting: whole, or a list (lines, commas) of `[key=]reference`.
void read_setting(std::string_view name, std::string_view value, const std::vector<std::string>& path,
                  SettingImages& images) {
  bool is_found = false;
  for (const std::string_view line : split(value, '\n')) {
    for (const std::string_view part : split(line, ',')) {
      const std::string_view text = trim(part);
      const std::string_view right = trim(text.substr(text.find('=') + 1));
      if (is_image_of(name, right)) {
        images.found.push_back({.text = std::string(right), .path = path});
        is_found = true;
      }
    }
  }
  if (!is_found) {
    images.rest.push_back({.text = std::string(value), .path = path});
  }
}

/// X_IMAGE_REPOSITORY and X_IMAGE_TAG, or their flags; gives the names that went into it.
std::set<std::string_view> read_composed(const std::vector<NamedValue>& settings, SettingImages& images) {
  std::set<std::string_view> used;
  for (const Composed& composed : compose(settings, {.bare_keys = false})) {
    if (composed.keys.size() > 1 && is_strict_reference(composed.text)) {
      images.found.push_back({.text = composed.text, .parts = composed.parts, .doubt = composed.doubt});
      used.insert(composed.keys.begin(), composed.keys.end());
    }
  }
  return used;
}

std::string expand(std::string text, const yaml::Node* env) {
  if (env == nullptr || text.find("$(") == std::string::npos) {
    return text;
  }
  for (const yaml::Node& item : env->items) {
    if (const std::string_view value = scalar_of(item, "value"); !value.empty()) {
      text = replace_all(text, fmt::format("$({})", scalar_of(item, "name")), value);
    }
  }
  return text;
}

}  // namespace

bool is_environment(const yaml::Node& sequence) {
  bool has_values = false;
  for (const yaml::Node& item : sequence.items) {
    const bool has_value = item.find("value") != nullptr || item.find("valueFrom") != nullptr;
    // What is generated from Go structures leaves an empty value out.
    const bool is_name_only = item.members.size() == 1;
    if (scalar_of(item, "name").empty() || !(has_value || is_name_only)) {
      return false;
    }
    has_values = has_values || has_value;
  }
  return has_values;
}

SettingImages images_of_environment(const yaml::Node& sequence) {
  SettingImages images;
  std::vector<NamedValue> settings;
  settings.reserve(sequence.items.size());
  for (const yaml::Node& item : sequence.items) {
    settings.emplace_back(scalar_of(item, "name"), scalar_of(item, "value"));
  }
  const std::set<std::string_view> used = read_composed(settings, images);
  for (std::size_t i = 0; i < settings.size(); ++i) {
    if (!used.contains(settings[i].first)) {
      read_setting(settings[i].first, settings[i].second, {fmt::format("[{}]", i), "value"}, images);
    }
  }
  return images;
}

SettingImages images_of_arguments(const yaml::Node& sequence, const yaml::Node* env) {
  std::vector<std::string> words;
  for (const yaml::Node& item : sequence.items) {
    const std::string text = expand(item.text, env);
    for (const std::string_view word : split_words(text)) {
      words.emplace_back(trim_quotes(word));
    }
  }
  SettingImages images;
  std::vector<NamedValue> flags;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const std::size_t equals = word.find('=');
    if (equals != std::string_view::npos) {
      flags.emplace_back(word.substr(0, equals), trim_quotes(word.substr(equals + 1)));
    } else if (word.starts_with('-') && i + 1 < words.size() && !words[i + 1].starts_with('-')) {
      flags.emplace_back(word, words[i + 1]);
      ++i;
    } else {
      images.rest.push_back({.text = words[i]});
    }
  }
  const std::set<std::string_view> used = read_composed(flags, images);
  for (const auto& [flag, value] : flags) {
    if (!used.contains(flag)) {
      read_setting(flag, value, {}, images);
    }
  }
  return images;
}

}  // namespace bundle::images
