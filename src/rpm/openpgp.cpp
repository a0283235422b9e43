#include "rpm/openpgp.hpp"

extern "C" {
#include <rpm/rpmbase64.h>
}

#include <cstdlib>
#include <memory>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

namespace bundle::rpm {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 4 << 20;
constexpr int kSignatureTag = 2;
constexpr int kPublicKeyTag = 6;
constexpr int kPublicSubkeyTag = 14;
/// Signature types, RFC 4880 section 5.2.1.
constexpr int kFirstCertification = 0x10;
constexpr int kLastCertification = 0x13;
constexpr int kSubkeyBinding = 0x18;
constexpr int kDirectKey = 0x1f;
constexpr int kKeyRevocation = 0x20;
constexpr int kSubkeyRevocation = 0x28;
/// Signature subpackets, section 5.2.3.1.
constexpr int kCreationTime = 2;
constexpr int kKeyExpiration = 9;
constexpr int kIssuer = 16;
constexpr int kIssuerFingerprint = 33;

[[noreturn]] void malformed(std::string_view what) {
  fail(ErrorKind::integrity, "malformed OpenPGP data: {}", what);
}

/// Takes big-endian numbers and pieces off the front of a view.
class Cursor {
 public:
  explicit Cursor(std::string_view rest) : rest_(rest) {}
  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      malformed("it ends too early");
    }
    const std::string_view piece = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return piece;
  }
  std::uint32_t number(std::size_t bytes) {
    std::uint32_t value = 0;
    for (const char byte : take(bytes)) {
      value = (value << 8) | static_cast<unsigned char>(byte);
    }
    return value;
  }
  bool empty() const { return rest_.empty(); }
  std::size_t size() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

/// Length of a new-format packet or a subpacket, section 4.2.2 and 5.2.3.1.
std::size_t new_length(Cursor& cursor, bool is_packet) {
  const std::uint32_t first = cursor.number(1);
  if (first < 192) {
    return first;
  }
  if (first == 255) {
    return cursor.number(4);
  }
  if (is_packet && first >= 224) {
    malformed("a partial length");
  }
  return ((first - 192) << 8) + cursor.number(1) + 192;
}

std::size_t old_length(Cursor& cursor, unsigned type) {
  if (type == 3) {
    malformed("an indefinite length");
  }
  return cursor.number(std::size_t{1} << type);
}

/// Names of section 9.1 and 9.4 (and RFC 9580's), or the number itself.
std::string name_of(int number, std::initializer_list<std::pair<int, const char*>> names) {
  for (const auto& [known, name] : names) {
    if (known == number) {
      return name;
    }
  }
  return std::to_string(number);
}

std::string algorithm_name(int number) {
  return name_of(number,
                 {{1, "RSA"}, {3, "RSA"}, {17, "DSA"}, {19, "ECDSA"}, {22, "EdDSA"}, {27, "Ed25519"}});
}

std::string digest_name(int number) {
  return name_of(number, {{1, "md5"},
                          {2, "sha1"},
                          {3, "ripemd160"},
                          {8, "sha256"},
                          {9, "sha384"},
                          {10, "sha512"},
                          {11, "sha224"}});
}

struct SignatureFacts {
  int type = -1;
  int algorithm = 0;
  int digest = 0;
  std::string issuer;
  std::int64_t created_at = 0;
  std::optional<std::uint32_t> key_lifetime_seconds;
};

void read_subpackets(std::string_view area, bool hashed, SignatureFacts& facts) {
  Cursor cursor(area);
  while (!cursor.empty()) {
    const std::size_t length = new_length(cursor, false);
    Cursor subpacket(cursor.take(length));
    const int type = static_cast<int>(subpacket.number(1) & 0x7f);
    if (hashed && type == kCreationTime) {
      facts.created_at = subpacket.number(4);
    } else if (hashed && type == kKeyExpiration) {
      facts.key_lifetime_seconds = subpacket.number(4);
    } else if (type == kIssuer) {
      facts.issuer = upper_hex(subpacket.take(8));
    } else if (type == kIssuerFingerprint && subpacket.number(1) == 4) {
      facts.issuer = upper_hex(subpacket.take(20)).substr(24);
    }
  }
}

SignatureFacts signature_facts(const PgpPacket& packet) {
  Cursor cursor(packet.body);
  SignatureFacts facts;
  const std::uint32_t version = cursor.number(1);
  if (version == 3) {
    cursor.take(1);
    facts.type = static_cast<int>(cursor.number(1));
    facts.created_at = cursor.number(4);
    facts.issuer = upper_hex(cursor.take(8));
    facts.algorithm = static_cast<int>(cursor.number(1));
    facts.digest = static_cast<int>(cursor.number(1));
  } else if (version == 4) {
    facts.type = static_cast<int>(cursor.number(1));
    facts.algorithm = static_cast<int>(cursor.number(1));
    facts.digest = static_cast<int>(cursor.number(1));
    read_subpackets(cursor.take(cursor.number(2)), true, facts);
    read_subpackets(cursor.take(cursor.number(2)), false, facts);
  }
  return facts;
}

/// Section 12.2.
std::string fingerprint_v4(std::string_view body) {
  Hasher hasher(HashKind::sha1);
  const char prefix[] = {'\x99', static_cast<char>(body.size() >> 8), static_cast<char>(body.size() & 0xff)};
  hasher.update(std::string_view(prefix, sizeof prefix));
  hasher.update(body);
  return upper(hasher.finish_hex());
}

/// Builds certificates packet by packet; the newest self-signature of a key says when it expires.
class CertificateReader {
 public:
  void read(const PgpPacket& packet) {
    if (packet.tag == kPublicKeyTag) {
      open(packet);
    }
    if (certificates_.empty() || !is_known_) {
      return;
    }
    certificates_.back().packets += packet.whole;
    if (packet.tag == kPublicKeyTag || packet.tag == kPublicSubkeyTag) {
      add_key(packet);
    } else if (packet.tag == kSignatureTag) {
      add_signature(signature_facts(packet));
    }
  }
  std::vector<PgpCertificate> take() { return std::move(certificates_); }

 private:
  void open(const PgpPacket& packet) {
    is_known_ = !packet.body.empty() && packet.body[0] == 4;
    if (is_known_) {
      certificates_.emplace_back();
    }
  }

  void add_key(const PgpPacket& packet) {
    Cursor cursor(packet.body);
    const std::uint32_t version = cursor.number(1);
    key_created_at_ = cursor.number(4);
    newest_ = -1;
    certificates_.back().keys.push_back(
        {.fingerprint = version == 4 ? fingerprint_v4(packet.body) : std::string()});
  }

  void add_signature(const SignatureFacts& facts) {
    std::vector<PgpKeyFacts>& keys = certificates_.back().keys;
    if (keys.back().first_signature_digest.empty()) {
      keys.back().first_signature_digest = digest_name(facts.digest);
    }
    if (facts.issuer != keys.front().fingerprint.substr(24)) {
      return;  // somebody else's certification
    }
    const bool is_primary = keys.size() == 1;
    const bool certifies = facts.type >= kFirstCertification && facts.type <= kLastCertification;
    if (facts.type == (is_primary ? kKeyRevocation : kSubkeyRevocation)) {
      keys.back().revoked = true;
    } else if (is_primary ? certifies || facts.type == kDirectKey : facts.type == kSubkeyBinding) {
      if (facts.created_at >= newest_) {
        newest_ = facts.created_at;
        keys.back().expires_at = facts.key_lifetime_seconds.value_or(0) == 0
                                     ? std::nullopt
                                     : std::optional(key_created_at_ + *facts.key_lifetime_seconds);
      }
    }
  }

  std::vector<PgpCertificate> certificates_;
  bool is_known_ = false;
  std::int64_t key_created_at_ = 0;
  std::int64_t newest_ = -1;
};

/// The base64 part of an armored block: after the headers' blank line, without the checksum line.
std::string decode_armor(std::string_view block) {
  std::string base64;
  bool in_headers = true;
  for (const std::string_view raw : split(block, '\n')) {
    const std::string_view line = trim(raw);
    if (in_headers) {
      in_headers = !line.empty();
    } else if (!line.starts_with('=')) {
      base64.append(line);
    }
  }
  void* decoded = nullptr;
  std::size_t size = 0;
  if (rpmBase64Decode(base64.c_str(), &decoded, &size) != 0 || decoded == nullptr) {
    malformed("the armor is not base64");
  }
  const Handle<void, std::free> owner(decoded);
  return {static_cast<const char*>(decoded), size};
}

}  // namespace

std::vector<std::string> dearmor(std::string_view text, std::string_view kind) {
  if (text.size() > kMaxKeyFileBytes) {
    fail(ErrorKind::integrity, "OpenPGP data of more than {}", format_size(kMaxKeyFileBytes));
  }
  if (!text.empty() && (static_cast<unsigned char>(text[0]) & 0x80) != 0) {
    return {std::string(text)};
  }
  const std::string begin = "-----BEGIN PGP " + std::string(kind) + "-----";
  const std::string end = "-----END PGP " + std::string(kind) + "-----";
  std::vector<std::string> blocks;
  for (std::size_t at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at)) {
    const std::size_t line_end = text.find('\n', at);
    const std::size_t stop = text.find(end, at);
    if (line_end == std::string_view::npos || stop == std::string_view::npos || stop < line_end) {
      malformed("an armored block without end");
    }
    blocks.push_back(decode_armor(text.substr(line_end + 1, stop - line_end - 1)));
    at = stop;
  }
  return blocks;
}

std::vector<PgpPacket> pgp_packets(std::string_view bytes) {
  std::vector<PgpPacket> packets;
  Cursor cursor(bytes);
  while (!cursor.empty()) {
    const std::size_t start = bytes.size() - cursor.size();
    const std::uint32_t first = cursor.number(1);
    if ((first & 0x80) == 0) {
      malformed("no packet header");
    }
    PgpPacket packet;
    const bool is_new = (first & 0x40) != 0;
    packet.tag = static_cast<int>(is_new ? first & 0x3f : (first >> 2) & 0x0f);
    const std::size_t length = is_new ? new_length(cursor, true) : old_length(cursor, first & 3);
    packet.body = cursor.take(length);
    packet.whole = bytes.substr(start, bytes.size() - cursor.size() - start);
    packets.push_back(packet);
  }
  return packets;
}

std::vector<PgpCertificate> pgp_certificates(std::string_view key_file) {
  CertificateReader reader;
  for (const std::string& block : dearmor(key_file, "PUBLIC KEY BLOCK")) {
    for (const PgpPacket& packet : pgp_packets(block)) {
      reader.read(packet);
    }
  }
  return reader.take();
}

std::string upper_hex(std::string_view bytes) { return upper(to_hex(as_bytes(bytes))); }

PgpSignature pgp_signature(const PgpPacket& signature) {
  const SignatureFacts facts = signature_facts(signature);
  return {.issuer = facts.issuer,
          .algorithm = algorithm_name(facts.algorithm),
          .digest = digest_name(facts.digest)};
}

std::string pgp_issuer(const PgpPacket& signature) { return signature_facts(signature).issuer; }

}  // namespace bundle::rpm
