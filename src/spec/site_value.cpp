#include "spec/site_value.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace bundle::spec {
namespace {

constexpr std::size_t kShownBytes = 80;

}  // namespace

std::string shown(std::string_view text) { return "'" + escaped(text, kShownBytes) + "'"; }

void require(const yaml::Reader& reader, const yaml::Node& node, bool holds, std::string_view what,
             std::string_view expected) {
  if (!holds) {
    reader.fail_at(node, fmt::format("{} is not {}", shown(node.text), what),
                   fmt::format("expected {}", expected));
  }
}

std::string choice(yaml::Reader& reader, std::string_view key, const std::vector<std::string>& allowed) {
  const std::string text = reader.text_or(key, allowed.front());
  if (std::find(allowed.begin(), allowed.end(), text) == allowed.end()) {
    reader.fail_at(reader.required(key), fmt::format("{} is not a value for '{}'", shown(text), key),
                   "expected " + join(allowed, ", "));
  }
  return text;
}

}  // namespace bundle::spec
