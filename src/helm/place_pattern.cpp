#include "helm/place_pattern.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace bundle::helm {
namespace {

/// A key of a rule's path; one that is quoted (`["a.b"]`) stands for itself.
struct PatternPart {
  std::string text;
  bool is_quoted = false;
};

/// Splits a rule's path at dots, but not inside braces or `["…"]`.
std::vector<PatternPart> split_pattern(std::string_view pattern) {
  constexpr std::string_view kOpen = "[\"";
  constexpr std::string_view kClose = "\"]";
  std::vector<PatternPart> parts;
  bool begins = true;
  int depth = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::size_t close = pattern.substr(i).starts_with(kOpen) ? pattern.find(kClose, i + kOpen.size())
                                                                   : std::string_view::npos;
    if (depth == 0 && close != std::string_view::npos) {
      parts.push_back({std::string(pattern.substr(i + kOpen.size(), close - i - kOpen.size())), true});
      i = close + kClose.size() - 1;
      begins = i + 1 < pattern.size() && pattern[i + 1] != '.';
    } else if (pattern[i] == '.' && depth == 0) {
      begins = true;
    } else {
      depth += pattern[i] == '{' ? 1 : pattern[i] == '}' ? -1 : 0;
      if (begins) {
        parts.emplace_back();
      }
      parts.back().text += pattern[i];
      begins = false;
    }
  }
  return parts;
}

bool matches_part(const PatternPart& part_pattern, std::string_view part) {
  const std::string_view pattern = part_pattern.text;
  if (pattern == part || (pattern == "*" && !part_pattern.is_quoted)) {
    return true;
  }
  if (part_pattern.is_quoted || !pattern.starts_with('{') || !pattern.ends_with('}')) {
    return false;
  }
  const std::vector<std::string_view> choices = split(pattern.substr(1, pattern.size() - 2), ',');
  return std::any_of(choices.begin(), choices.end(),
                     [part](std::string_view choice) { return trim(choice) == part; });
}

}  // namespace

const yaml::Node* find_path(const yaml::Node* node, const std::string& path) {
  for (const PatternPart& part : split_pattern(path)) {
    node = node == nullptr ? nullptr : node->find(part.text);
  }
  return node;
}

bool matches_path(const std::string& pattern, const std::vector<std::string>& path, bool exact) {
  const std::vector<PatternPart> parts = split_pattern(pattern);
  std::size_t matched = 0;
  for (const std::string& part : path) {
    if (part.starts_with('[')) {
      continue;
    }
    if (matched == parts.size()) {
      return !exact;
    }
    if (!matches_part(parts[matched], part)) {
      return false;
    }
    ++matched;
  }
  return matched == parts.size();
}

}  // namespace bundle::helm
