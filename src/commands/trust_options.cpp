#include "commands/trust_options.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"

namespace bundle::commands {
namespace {

std::string expected_sha256(const std::string& given) {
  constexpr std::string_view kPrefix = "sha256:";
  const std::string hex = lower(given.starts_with(kPrefix) ? given.substr(kPrefix.size()) : given);
  if (!hex.empty() && !is_hex_256(hex)) {
    fail(ErrorKind::usage, "--expect takes the 64 hex digits of a SHA-256, not '{}'", given);
  }
  return hex;
}

}  // namespace

format::Trust load_trust(const TrustOptions& options) {
  return {.keys = signing::load_trusted_keys(options.keys, options.root),
          .expected_sha256 = expected_sha256(options.expect)};
}

}  // namespace bundle::commands
