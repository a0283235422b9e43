#include "helm/answer.hpp"

#include <fmt/core.h>

#include "base/text.hpp"

namespace bundle::helm {
namespace {

/// For a flow mapping of YAML.
std::string yaml_scalar(const std::string& text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
  return !text.empty() && text.find_first_not_of(kPlain) == std::string::npos
             ? text
             : "'" + replace_all(text, "'", "''") + "'";
}

}  // namespace

std::string answer_place(const std::string& kind, const std::string& path) {
  return fmt::format("{{kind: {}, path: {}}}", yaml_scalar(kind), yaml_scalar(path));
}

}  // namespace bundle::helm
