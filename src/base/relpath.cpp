#include "base/relpath.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace bundle {
namespace {

/// What is wrong with a path, or an empty text.
std::string_view fault_of(std::string_view text) {
  if (text.empty()) {
    return "it is empty";
  }
  if (text.size() > RelPath::kMaxBytes) {
    return "it is longer than 255 bytes";
  }
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '\\'; })) {
    return "it holds a space, a backslash or something that is not printable ASCII";
  }
  for (const std::string_view part : split(text, '/')) {
    if (part.empty()) {
      return "it is absolute or has an empty part";
    }
    if (part == "." || part == "..") {
      return "it has a part '.' or '..'";
    }
  }
  return {};
}

}  // namespace

RelPath::RelPath(std::string_view text) : text_(text) {
  if (const std::string_view fault = fault_of(text); !fault.empty()) {
    fail(ErrorKind::integrity, "path '{}' is refused: {}", first_bytes(text, 300), fault);
  }
}

std::optional<RelPath> RelPath::parse(std::string_view text) {
  if (!fault_of(text).empty()) {
    return std::nullopt;
  }
  return RelPath(text);
}

RelPath RelPath::operator/(std::string_view below) const { return RelPath(text_ + "/" + std::string(below)); }

}  // namespace bundle
