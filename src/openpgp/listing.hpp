#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::openpgp {

/// A primary key or subkey, as gpg found it.
struct Key {
  std::string fingerprint;                 ///< upper-case hex; its last 16 digits are the key id
  std::optional<std::int64_t> expires_at;  ///< seconds since the epoch
  bool is_revoked = false;
  std::string first_signature_digest;  ///< `sha1`, … or its number, of the signature that follows it
  bool operator==(const Key&) const = default;
};

/// A primary key, and the subkeys that it has bound to itself with a good signature.
struct Certificate {
  std::vector<Key> keys;           ///< the primary key first
  bool is_signed_by_self = false;  ///< whether its owner has signed any of its user ids
  bool operator==(const Certificate&) const = default;
};

/// The last 16 digits of a fingerprint; of a key id itself.
std::string key_id(std::string_view fingerprint);

/// Reads what `gpg --show-keys --with-colons --with-sig-check` prints.
/// Source: GnuPG's doc/DETAILS, "Format of the colon listings"
std::vector<Certificate> parse_listing(std::string_view text);

enum class Verdict : std::uint8_t {
  good,       ///< also of a key that has expired or is revoked: who asks knows the keys
  expired,    ///< the signature itself, not its key
  changed,    ///< the content is not what was signed
  unchecked,  ///< no key for it, or a kind that gpg does not take
};

/// What gpg says of one signature.
struct Signature {
  Verdict verdict = Verdict::unchecked;
  std::string key_id;   ///< 16 upper-case hex digits
  std::string primary;  ///< fingerprint of the primary key; of good and expired ones only
  bool operator==(const Signature&) const = default;
};

/// Reads what `gpg --status-fd --verify` prints. Source: GnuPG's doc/DETAILS, "Format of the --status-fd
/// output"
std::vector<Signature> parse_status(std::string_view text);

}  // namespace bundle::openpgp
