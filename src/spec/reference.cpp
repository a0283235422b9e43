#include "spec/reference.hpp"

#include <algorithm>
#include <tuple>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace bundle::spec {
namespace {

constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxTagBytes = 128;

bool is_lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_alnum(char c) { return is_lower_alnum(c) || (c >= 'A' && c <= 'Z'); }

/// Host name or IPv4 (or bracketed IPv6), with an optional port.
bool is_host(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    return close != std::string_view::npos &&
           text.substr(1, close - 1).find_first_not_of("0123456789abcdefABCDEF:") == std::string_view::npos &&
           (close + 1 == text.size() ||
            (text[close + 1] == ':' && parse_unsigned(text.substr(close + 2)).has_value()));
  }
  if (colon != std::string_view::npos) {
    if (!parse_unsigned(text.substr(colon + 1))) {
      return false;
    }
    text = text.substr(0, colon);
  }
  for (const std::string_view label : split(text, '.')) {
    const bool is_label =
        !label.empty() && is_alnum(label.front()) && is_alnum(label.back()) &&
        std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; });
    if (!is_label) {
      return false;
    }
  }
  return true;
}

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTagBytes && text.front() != '.' && text.front() != '-' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
}

/// Splits off the host: the first part is one when it has a '.' or ':', is `localhost` or has an upper-case
/// letter.
std::pair<std::string, std::string> split_host(std::string_view name) {
  const std::size_t slash = name.find('/');
  const std::string_view first = name.substr(0, slash);
  const bool has_host =
      slash != std::string_view::npos &&
      (first.find_first_of(".:") != std::string_view::npos || first == "localhost" || lower(first) != first);
  std::string host = has_host ? std::string(first) : "docker.io";
  std::string repository(has_host ? name.substr(slash + 1) : name);
  if (host == "index.docker.io") {
    host = "docker.io";
  }
  if (host == "docker.io" && repository.find('/') == std::string::npos) {
    repository = "library/" + repository;
  }
  return {std::move(host), std::move(repository)};
}

}  // namespace

bool is_path_component(std::string_view text) {
  if (text.empty() || !is_lower_alnum(text.front()) || !is_lower_alnum(text.back())) {
    return false;
  }
  for (std::size_t i = 0; i < text.size();) {
    if (is_lower_alnum(text[i])) {
      ++i;
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of(text[i], i), text.size());
    const std::size_t run = end - i;
    const bool is_separator = text[i] == '-' || (text[i] == '.' && run == 1) || (text[i] == '_' && run <= 2);
    if (!is_separator || !is_lower_alnum(text[end])) {
      return false;
    }
    i = end;
  }
  return true;
}

std::string Reference::str() const {
  std::string text = name();
  if (!tag.empty()) {
    text += ":" + tag;
  }
  if (digest) {
    text += "@" + digest->str();
  }
  return text;
}

std::optional<Reference> parse_reference(std::string_view text) {
  Reference made;
  std::string_view name = text;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    made.digest = Digest::parse(text.substr(at + 1));
    if (!made.digest) {
      return std::nullopt;
    }
    name = text.substr(0, at);
  }
  const std::size_t colon = name.rfind(':');
  const std::size_t slash = name.rfind('/');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    made.tag = name.substr(colon + 1);
    if (!is_tag(made.tag)) {
      return std::nullopt;
    }
    name = name.substr(0, colon);
  }
  const bool is_image_id = is_hex_256(name);
  if (name.empty() || is_image_id) {
    return std::nullopt;
  }
  std::tie(made.host, made.repository) = split_host(name);
  const std::vector<std::string_view> parts = split(made.repository, '/');
  if (!is_host(made.host) || made.name().size() > kMaxNameBytes ||
      !std::all_of(parts.begin(), parts.end(), is_path_component)) {
    return std::nullopt;
  }
  if (made.tag.empty() && !made.digest) {
    made.tag = "latest";
  }
  return made;
}

std::string shown_reference(std::string_view text) {
  constexpr std::size_t kMaxBytes = 300;
  const std::size_t at = text.find('@');
  const bool has_user = at < text.find('/') && text.find('/', at) != std::string_view::npos;
  return (has_user ? "..." : "") + std::string(first_bytes(has_user ? text.substr(at) : text, kMaxBytes));
}

Reference reference(std::string_view text) {
  std::optional<Reference> made = parse_reference(text);
  if (!made) {
    fail(ErrorKind::spec, "'{}' is not an image reference: expected [host/]repository[:tag][@sha256:…]",
         shown_reference(text));
  }
  return *std::move(made);
}

}  // namespace bundle::spec
