#include "spec/site_value.hpp"

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

}  // namespace bundle::spec
