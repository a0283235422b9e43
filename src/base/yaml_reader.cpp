#include <algorithm>
#include <set>

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "base/yaml.hpp"

namespace bundle::yaml {

Reader::Reader(const Node& node, std::string file, std::string what)
    : node_(node), file_(std::move(file)), what_(std::move(what)) {
  if (!node.is_mapping()) {
    fail_at(node, fmt::format("expected {} as a mapping (key: value)", what_));
  }
}

void Reader::fail_at(const Node& node, std::string message, std::string hint) const {
  throw Error(ErrorKind::spec, at(node), std::move(message), std::move(hint));
}

const Node* Reader::optional(std::string_view key) {
  asked_.emplace_back(key);
  const Node* found = node_.find(key);
  return found != nullptr && found->kind == Kind::null ? nullptr : found;
}

const Node& Reader::required(std::string_view key) {
  const Node* found = optional(key);
  if (found == nullptr) {
    fail_at(node_, fmt::format("{} needs the key '{}'", what_, key));
  }
  return *found;
}

std::string Reader::scalar(const Node& node, std::string_view what) const {
  if (!node.is_scalar()) {
    fail_at(node, fmt::format("expected plain text for {}", what));
  }
  return node.text;
}

std::string Reader::text(std::string_view key) { return scalar(required(key), fmt::format("'{}'", key)); }

std::string Reader::text_or(std::string_view key, std::string_view fallback) {
  const Node* found = optional(key);
  return found == nullptr ? std::string(fallback) : scalar(*found, fmt::format("'{}'", key));
}

std::vector<std::string> Reader::texts(std::string_view key) {
  std::vector<std::string> all;
  for (const Node& item : items(key)) {
    all.push_back(scalar(item, fmt::format("an item of '{}'", key)));
  }
  return all;
}

const std::vector<Node>& Reader::items(std::string_view key) {
  static const std::vector<Node> kNone;
  const Node* found = optional(key);
  if (found == nullptr) {
    return kNone;
  }
  if (!found->is_sequence()) {
    fail_at(*found, fmt::format("expected a list for '{}'", key));
  }
  return found->items;
}

const std::vector<Member>& Reader::members(std::string_view key) {
  static const std::vector<Member> kNone;
  const Node* found = optional(key);
  if (found == nullptr) {
    return kNone;
  }
  if (!found->is_mapping()) {
    fail_at(*found, fmt::format("expected a mapping (key: value) for '{}'", key));
  }
  return found->members;
}

const std::vector<Member>& Reader::all_members() {
  for (const Member& member : node_.members) {
    asked_.push_back(member.key);
  }
  return node_.members;
}

bool Reader::boolean_or(std::string_view key, bool fallback) {
  const Node* found = optional(key);
  if (found == nullptr) {
    return fallback;
  }
  if (found->is_scalar() && !found->quoted && (found->text == "true" || found->text == "false")) {
    return found->text == "true";
  }
  fail_at(*found, fmt::format("expected true or false for '{}'", key));
}

void Reader::done() {
  for (const Member& member : node_.members) {
    if (std::find(asked_.begin(), asked_.end(), member.key) == asked_.end()) {
      const std::string near = did_you_mean(member.key, asked_);
      const std::set<std::string> keys(asked_.begin(), asked_.end());
      throw Error(ErrorKind::spec,
                  {.file = file_, .line = member.value.key_line, .column = member.value.key_column},
                  fmt::format("unknown key '{}' in {}", first_bytes(member.key, 100), what_),
                  near.empty() ? "keys here are " + join({keys.begin(), keys.end()}, ", ") : near);
    }
  }
}

}  // namespace bundle::yaml
