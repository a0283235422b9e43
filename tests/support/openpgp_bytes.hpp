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

/// The one number of an RSA signature, of eight bits.
inline std::string one_number() { return big_endian(8, 2) + "\xff"; }

/// An RSA signature of version 4 by key 0123456789ABCDEF that is good for nothing.
inline std::string pgp_signature_v4(PgpDigest digest) {
  const std::string created = "\x05\x02" + big_endian(1, 4);
  const std::string issuer = std::string("\x09\x10", 2) + "\x01\x23\x45\x67\x89\xab\xcd\xef";
  return pgp_packet(2, std::string("\x04\0\x01", 3) + big_endian(static_cast<std::uint32_t>(digest), 1) +
                           big_endian(static_cast<std::uint32_t>(created.size()), 2) + created +
                           big_endian(static_cast<std::uint32_t>(issuer.size()), 2) + issuer + "xx" +
                           one_number());
}

/// The same of version 3.
inline std::string pgp_signature_v3(PgpDigest digest) {
  return pgp_packet(2, "\x03\x05" + big_endian(0, 1) + big_endian(1, 4) + "\x01\x23\x45\x67\x89\xab\xcd\xef" +
                           "\x01" + big_endian(static_cast<std::uint32_t>(digest), 1) + "xx" + one_number());
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
