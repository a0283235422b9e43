#include "images/pieces.hpp"

#include <algorithm>
#include <array>

#include "images/text.hpp"

namespace bundle::images {
namespace {

std::string* piece_of(Pieces& pieces, KeyRole role) {
  switch (role) {
    case KeyRole::none:
      return nullptr;
    case KeyRole::image:
      return &pieces.image;
    case KeyRole::registry:
      return &pieces.registry;
    case KeyRole::repository:
      return &pieces.repository;
    case KeyRole::name:
      return &pieces.name;
    case KeyRole::tag:
      return &pieces.tag;
    case KeyRole::version:
      return &pieces.version;
    case KeyRole::digest:
      break;
  }
  return &pieces.digest;
}

bool is_template(std::string_view text) {
  return text.find("{{") != std::string_view::npos || text.find("$(") != std::string_view::npos;
}

void add_piece(const KeyName& name, std::string_view key, std::string_view value, Groups& groups) {
  Pieces& pieces = groups[name.group];
  std::string* piece = piece_of(pieces, name.role);
  if (value.empty()) {
    const bool is_version =
        name.role == KeyRole::tag || name.role == KeyRole::version || name.role == KeyRole::digest;
    pieces.has_empty_image = pieces.has_empty_image || name.role == KeyRole::image;
    pieces.has_empty_version = pieces.has_empty_version || is_version;
    if (is_version) {
      pieces.keys.insert(key);
    }
  } else if (piece->empty()) {
    *piece = value;
    pieces.keys.insert(key);
    pieces.image_key = name.role == KeyRole::image ? key : pieces.image_key;
  }
}

/// `chart: x`, `branch: main`, `path: charts/x`: what a repository of sources or charts is asked for.
bool tells_of_sources(const NamedValue& sibling) {
  static constexpr std::array<std::string_view, 8> kKeys = {
      "chart", "chartname", "branch", "ref", "url", "revision", "targetrevision", "interval"};
  const std::string key = flatten(sibling.first);
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end() ||
         (key == "path" && !sibling.second.starts_with('/'));
}

/// Is `stem` (of AGENT_VERSION) about the images of `group` (of MONGODB_AGENT_IMAGE)?
bool is_stem_of(std::string_view stem, std::string_view group) {
  constexpr std::size_t kLongEnough = 4;
  return stem == group || (stem.size() >= kLongEnough && group.ends_with(stem)) ||
         (group.starts_with(stem) && group.substr(stem.size()) == "base");
}

/// The loose pieces that hold the version for `group`; null when there are none, or several.
const Pieces* version_for(const std::string& group, const Groups& loose) {
  std::vector<const Pieces*> fitting;
  for (const auto& [stem, pieces] : loose) {
    if (pieces.has_version() && pieces.repository.empty() && is_stem_of(stem, group)) {
      if (stem == group) {
        return &pieces;
      }
      fitting.push_back(&pieces);
    }
  }
  return fitting.size() == 1 ? fitting.front() : nullptr;
}

}  // namespace

Groups gather_pieces(const std::vector<NamedValue>& siblings, bool bare_keys) {
  Groups groups;
  for (const auto& [key, value] : siblings) {
    const KeyName name = classify_key(key);
    if (name.role != KeyRole::none && !is_template(value) && (!name.is_bare || bare_keys)) {
      add_piece(name, key, value, groups);
    }
  }
  return groups;
}

Groups gather_loose_pieces(const std::vector<NamedValue>& siblings) {
  Groups groups;
  for (const auto& [key, value] : siblings) {
    const KeyName name = classify_loose_key(key);
    if (name.role == KeyRole::none || classify_key(key).role != KeyRole::none || value.empty() ||
        is_template(value)) {
      continue;
    }
    Pieces& pieces = groups[name.group];
    *piece_of(pieces, name.role) = value;
    pieces.keys.insert(key);
  }
  return groups;
}

void take_version(const std::string& group, Pieces& pieces, const Groups& loose, const Groups& groups) {
  const bool has_base = !pieces.image.empty() || !pieces.repository.empty();
  if (!has_base || pieces.has_version() || is_complete_reference(pieces.image)) {
    return;
  }
  const Pieces* from = version_for(group, loose);
  const auto common = groups.find("default");
  if (from == nullptr && group.empty() && common != groups.end() && common->second.image.empty() &&
      common->second.repository.empty() && common->second.has_version()) {
    from = &common->second;
  }
  if (from != nullptr) {
    pieces.tag = from->tag.empty() ? from->version : from->tag;
    pieces.digest = from->digest;
    pieces.keys.insert(from->keys.begin(), from->keys.end());
  } else if (const auto other = loose.find(group); other != loose.end() && !other->second.registry.empty()) {
    pieces.has_empty_version = true;  // X_REPO_URL beside X_IMAGE: a program makes the name
    pieces.keys.insert(other->second.keys.begin(), other->second.keys.end());
  }
}

bool is_without_sources(const std::vector<NamedValue>& siblings) {
  return std::none_of(siblings.begin(), siblings.end(), tells_of_sources);
}

}  // namespace bundle::images
