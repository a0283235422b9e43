#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bundle::test {

/// Numbers of RFC 4880, section 9.4.
enum class PgpDigest : std::uint8_t { md5 = 1, sha1 = 2, sha256 = 8 };

inline std::string big_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    text += static_cast<char>((value >> shift) & 0xff);
  }
  return text;
}

/// A packet in the new format, of less than 192 bytes.
inline std::string pgp_packet(int tag, const std::string& body) {
  return big_endian(0xc0u | static_cast<unsigned>(tag), 1) +
         big_endian(static_cast<std::uint32_t>(body.size()), 1) + body;
}

/// An RSA signature of version 4 by key 0123456789ABCDEF that is good for nothing.
inline std::string pgp_signature_v4(PgpDigest digest, int type = 0) {
  const std::string issuer = std::string("\x09\x10", 2) + "\x01\x23\x45\x67\x89\xab\xcd\xef";
  return pgp_packet(2, "\x04" + big_endian(static_cast<std::uint32_t>(type), 1) + "\x01" +
                           big_endian(static_cast<std::uint32_t>(digest), 1) + big_endian(0, 2) +
                           big_endian(static_cast<std::uint32_t>(issuer.size()), 2) + issuer + "xx");
}

/// The same of version 3.
inline std::string pgp_signature_v3(PgpDigest digest) {
  return pgp_packet(2, "\x03\x05" + big_endian(0, 1) + big_endian(1, 4) + "\x01\x23\x45\x67\x89\xab\xcd\xef" +
                           "\x01" + big_endian(static_cast<std::uint32_t>(digest), 1) + "xx");
}

/// A primary key that is certified with `primary`, and a subkey that is bound with `subkey`.
inline std::string pgp_key_with_subkey(PgpDigest primary, PgpDigest subkey) {
  const std::string key = "\x04" + big_endian(1, 4) + "\x01" + std::string(20, 'k');
  return pgp_packet(6, key) + pgp_packet(13, "Vendor") + pgp_signature_v4(primary, 0x13) +
         pgp_packet(14, key + "s") + pgp_signature_v4(subkey, 0x18);
}

/// Where in the signature header a signature lies. Source: RPM's format_v4, signature tags.
struct RpmSignature {
  std::uint32_t tag = 268;
  std::string packets;
};

/// Lead and signature header of an RPM package.
inline std::string rpm_head(const std::vector<RpmSignature>& signatures) {
  std::string entries;
  std::string store = "other";
  for (const RpmSignature& signature : signatures) {
    entries += big_endian(signature.tag, 4) + big_endian(7, 4) +
               big_endian(static_cast<std::uint32_t>(store.size()), 4) +
               big_endian(static_cast<std::uint32_t>(signature.packets.size()), 4);
    store += signature.packets;
  }
  return "\xed\xab\xee\xdb" + std::string(92, '\0') + "\x8e\xad\xe8\x01" + std::string(4, '\0') +
         big_endian(static_cast<std::uint32_t>(signatures.size()), 4) +
         big_endian(static_cast<std::uint32_t>(store.size()), 4) + entries + store;
}

}  // namespace bundle::test
