#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bundle::signing {

/// A certificate that vouches for itself, with its key: both only in memory.
struct SelfSigned {
  std::string certificate_pem;
  std::string key_pem;
  std::string fingerprint;  ///< SHA-256 as `openssl x509 -fingerprint` writes it: `AB:CD:…`
};

/// For a server at these addresses (IPv4 or IPv6), good from a day before `now` (clocks differ) for two
/// years. A new ECDSA key on P-256 at every call. Source: RFC 5280.
SelfSigned make_self_signed(const std::vector<std::string>& addresses, std::int64_t now);

}  // namespace bundle::signing
