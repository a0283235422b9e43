#include "images/os_choice.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "images/node_texts.hpp"
#include "spec/reference.hpp"

namespace bundle::images {
namespace {

constexpr std::size_t kMaxPatternBytes = 300;
constexpr std::size_t kMaxOsBytes = 200;

/// `loader-el9`: a name without a registry, a folder or a tag.
bool is_bare_name(std::string_view text) {
  return !text.empty() && text.find_first_of("/:@") == std::string_view::npos &&
         spec::parse_reference(text).has_value();
}

/// One character of a pattern, or any of them; `is_repeated`: `.*`.
struct Token {
  char c = 0;
  bool is_any = false;
  bool is_repeated = false;
};

std::optional<std::vector<Token>> tokens_of(std::string_view pattern) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size() &&
        std::string_view("dwsDWSbB").find(pattern[i + 1]) == std::string_view::npos) {
      tokens.push_back({.c = pattern[++i]});
    } else if (c == '.') {
      const bool is_repeated = i + 1 < pattern.size() && pattern[i + 1] == '*';
      tokens.push_back({.is_any = true, .is_repeated = is_repeated});
      i += is_repeated ? 1 : 0;
    } else if (std::string_view("\\*+?()[]{}^$").find(c) != std::string_view::npos) {
      return std::nullopt;
    } else {
      tokens.push_back({.c = c});
    }
  }
  return tokens;
}

/// Whether the tokens take a beginning of the text; all of it when `to_end`. The last `.*` alone is tried
/// with other lengths, which is enough and never takes long.
bool matches_here(const std::vector<Token>& tokens, std::string_view text, bool to_end) {
  std::size_t token = 0;
  std::size_t at = 0;
  std::optional<std::pair<std::size_t, std::size_t>> again;  // after a `.*`, and from where
  while (true) {
    if (token == tokens.size() && (!to_end || at == text.size())) {
      return true;
    }
    if (token < tokens.size() && tokens[token].is_repeated) {
      again = {++token, at};
    } else if (token < tokens.size() && at < text.size() &&
               (tokens[token].is_any || tokens[token].c == text[at])) {
      ++token;
      ++at;
    } else if (again && again->second < text.size()) {
      token = again->first;
      at = ++again->second;
    } else {
      return false;
    }
  }
}

std::optional<bool> fits_one(std::string_view pattern, std::string_view text) {
  const bool from_begin = pattern.starts_with('^');
  pattern.remove_prefix(from_begin ? 1 : 0);
  const bool to_end = pattern.ends_with('$') && !pattern.ends_with("\\$");
  pattern.remove_suffix(to_end ? 1 : 0);
  const auto tokens = tokens_of(pattern);
  if (!tokens) {
    return std::nullopt;
  }
  for (std::size_t begin = 0; begin <= (from_begin ? 0 : text.size()); ++begin) {
    if (matches_here(*tokens, text.substr(begin), to_end)) {
      return true;
    }
  }
  return false;
}

/// A list of mappings that have an `image` without a tag, and something to choose by.
bool is_choice_list(const yaml::Node& list) {
  return list.is_sequence() && !list.items.empty() &&
         std::all_of(list.items.begin(), list.items.end(), [](const yaml::Node& item) {
           return item.members.size() >= 2 && is_bare_name(scalar_of(item, "image")) &&
                  item.find("tag") == nullptr && item.find("version") == nullptr;
         });
}

}  // namespace

std::vector<OsChoice> os_choices(const yaml::Node& mapping) {
  std::vector<OsChoice> choices;
  const std::string_view tag = scalar_of(mapping, "tag");
  if (tag.empty() || !is_bare_name(scalar_of(mapping, "image"))) {
    return choices;
  }
  for (const auto& [key, list] : mapping.members) {
    for (std::size_t i = 0; is_choice_list(list) && i < list.items.size(); ++i) {
      const yaml::Node& item = list.items[i];
      choices.push_back({.path = {key, fmt::format("[{}]", i)},
                         .text = fmt::format("{}:{}", scalar_of(item, "image"), tag),
                         .pattern = std::string(scalar_of(item, "osImage")),
                         .at = &item});
    }
  }
  return choices;
}

std::optional<bool> fits_os(std::string_view pattern, std::string_view os_image) {
  if (pattern.empty() || pattern.size() > kMaxPatternBytes || os_image.size() > kMaxOsBytes) {
    return std::nullopt;
  }
  bool fits = false;
  for (const std::string_view one : split(pattern, '|')) {
    const std::optional<bool> found = fits_one(one, os_image);
    if (!found) {
      return std::nullopt;
    }
    fits = fits || *found;
  }
  return fits;
}

}  // namespace bundle::images
