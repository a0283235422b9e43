#include "spec/digest.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/utf8.hpp"

namespace bundle::spec {
namespace {

bool is_well_formed(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  return text.starts_with(kPrefix) && is_hex_256(text.substr(kPrefix.size()));
}

}  // namespace

Digest::Digest(std::string_view text) : text_(text) {
  if (!is_well_formed(text)) {
    fail(ErrorKind::integrity, "'{}' is not a digest: expected sha256: and 64 lower-case hex digits",
         first_bytes(text, 120));
  }
}

std::optional<Digest> Digest::parse(std::string_view text) {
  if (!is_well_formed(text)) {
    return std::nullopt;
  }
  return Digest(text);
}

Digest Digest::of(std::string_view content) { return of_hex(sha256_hex(content)); }

}  // namespace bundle::spec
