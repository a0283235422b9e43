#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::rpm {

/// One OpenPGP packet; the views point into the text that was parsed. Source: RFC 4880 section 4.
struct PgpPacket {
  int tag = 0;
  std::string_view body;
  std::string_view whole;  ///< header and body
};

/// What librpm does not tell of a primary key or subkey.
struct PgpKeyFacts {
  std::string fingerprint;                 ///< upper-case hex; its last 16 digits are the key id
  std::optional<std::int64_t> expires_at;  ///< seconds since the epoch
  bool revoked = false;
  std::string first_signature_digest;  ///< of the signature packet that follows it, as in PgpSignature
};

/// A transferable public key: the primary key first, then its subkeys.
struct PgpCertificate {
  std::string packets;
  std::vector<PgpKeyFacts> keys;
};

/// As fingerprints are written.
std::string upper_hex(std::string_view bytes);

/// Bytes of every ASCII-armored block of this kind (`PUBLIC KEY BLOCK`, `SIGNATURE`); a text without armor
/// that begins with a packet is one block. Throws Error(integrity) for broken armor.
std::vector<std::string> dearmor(std::string_view text, std::string_view kind);

/// Splits `bytes`. Throws Error(integrity) when a length leads outside or is not definite.
std::vector<PgpPacket> pgp_packets(std::string_view bytes);

/// The certificates in the blocks of a key file. Expiry and revocation are read from self-signatures, which
/// are not verified here: the file comes with a pinned fingerprint, from over TLS. Keys of versions other
/// than 4 are left out (librpm 4.18 knows no other).
std::vector<PgpCertificate> pgp_certificates(std::string_view key_file);

/// What a signature packet says of itself.
struct PgpSignature {
  std::string issuer;     ///< key id, 16 hex digits; empty when it says none
  std::string algorithm;  ///< `RSA`, `DSA`, … or its number
  std::string digest;     ///< `sha1`, … or its number
};
PgpSignature pgp_signature(const PgpPacket& signature);
/// Its issuer alone.
std::string pgp_issuer(const PgpPacket& signature);

}  // namespace bundle::rpm
