#pragma once

#include <optional>
#include <string>
#include <string_view>

// Secrets that a join carries. Source: NIST SP 800-38D (GCM), RFC 7914 (scrypt), RFC 2104 (HMAC).
namespace bundle::signing {

constexpr std::size_t kAesKeyBytes = 32;

std::string random_bytes(std::size_t count);

/// AES-256-GCM: nonce (12 bytes), ciphertext, tag (16 bytes), as Go's Seal(nonce, nonce, …) has it.
/// `bound`: what the tag covers besides; whoever opens it must give the same.
std::string encrypt(std::string_view secret, std::string_view key, std::string_view bound);
/// Nothing when the key is another one or a bit was changed.
std::optional<std::string> decrypt(std::string_view sealed, std::string_view key, std::string_view bound);

/// kAesKeyBytes of a passphrase, slowly: scrypt with N = 2^17, r = 8, p = 1 (128 MiB of memory).
std::string stretch(std::string_view passphrase, std::string_view salt);

/// The bytes of hex digits; empty when there are others.
std::string from_hex(std::string_view hex);

/// 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace bundle::signing
