#include "serve/target.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::serve {
namespace {

constexpr std::size_t kMaxTargetBytes = 4096;

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? std::optional<unsigned>(small - 'a' + 10) : std::nullopt;
}

/// The byte that `%41` at the front of a text stands for.
char unescape_one(std::string_view text) {
  const std::optional<unsigned> high = text.size() > 2 ? hex_digit(text[1]) : std::nullopt;
  const std::optional<unsigned> low = text.size() > 2 ? hex_digit(text[2]) : std::nullopt;
  if (!high || !low) {
    fail(ErrorKind::usage, "a '%' without two hex digits in the path");
  }
  return static_cast<char>(*high * 16 + *low);
}

/// Every byte of the result is printable ASCII.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      c = unescape_one(text.substr(i));
      i += 2;
    }
    if (c < ' ' || c > '~') {
      fail(ErrorKind::usage, "a byte in the path that is not printable ASCII");
    }
    plain += c;
  }
  return plain;
}

std::string segment_of(std::string_view text, bool is_last) {
  std::string segment = unescape(text);
  if (segment.find_first_of("/\\") != std::string::npos) {
    fail(ErrorKind::usage, "an escaped slash or a backslash in the path");
  }
  if (segment == "." || segment == "..") {
    fail(ErrorKind::usage, "'.' or '..' in the path");
  }
  if (segment.empty() && !is_last) {
    fail(ErrorKind::usage, "an empty segment in the path");
  }
  return segment;
}

/// Also a proxy's `http://host/path`, which every server has to take.
std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.starts_with(scheme)) {
      const std::size_t slash = target.find('/', scheme.size());
      return slash == std::string_view::npos ? "/" : target.substr(slash);
    }
  }
  return target;
}

void add_query(std::string_view text, Target& target) {
  for (const std::string_view pair : split(text, '&')) {
    if (pair.empty()) {
      continue;
    }
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    if (!target.query.emplace(unescape(pair.substr(0, equals)), unescape(value)).second) {
      fail(ErrorKind::usage, "a parameter that is there twice");
    }
  }
}

}  // namespace

std::string Target::path(std::size_t first) const {
  std::string text;
  for (std::size_t i = first; i < segments.size(); ++i) {
    text += (i == first ? "" : "/") + segments[i];
  }
  return text;
}

std::string_view Target::parameter(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string_view() : found->second;
}

Target parse_target(std::string_view text) {
  if (text.size() > kMaxTargetBytes) {
    fail(ErrorKind::usage, "a path of more than {} bytes", kMaxTargetBytes);
  }
  text = without_authority(text);
  const std::size_t question = std::min(text.find('?'), text.size());
  const std::string_view path = text.substr(0, question);
  if (!path.starts_with('/')) {
    fail(ErrorKind::usage, "a path that does not begin with '/'");
  }
  Target target;
  const std::vector<std::string_view> parts = split(path.substr(1), '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    target.segments.push_back(segment_of(parts[i], i + 1 == parts.size()));
  }
  if (question < text.size()) {
    add_query(text.substr(question + 1), target);
  }
  return target;
}

}  // namespace bundle::serve
