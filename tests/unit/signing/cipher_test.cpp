#include "signing/cipher.hpp"

#include <doctest/doctest.h>

#include "base/hash.hpp"

using namespace bundle;

TEST_CASE("AES-256-GCM opens what NIST's test vector has, and nothing else") {
  // The Galois/Counter Mode of Operation (McGrew, Viega), test case 15.
  const std::string key =
      signing::from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const std::string sealed = signing::from_hex(
      "cafebabefacedbaddecaf888"
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e"
      "6393ba7a0abcc9"
      "f662898015ad"
      "b094dac5d93471bdec1a502270e3cc6c");
  const std::optional<std::string> text = signing::decrypt(sealed, key, "");
  REQUIRE(text.has_value());
  CHECK(to_hex(as_bytes(*text)) ==
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16a"
        "edf5aa0de657ba63"
        "7b391aafd255");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string flipped = sealed;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    CHECK_FALSE(signing::decrypt(flipped, key, "").has_value());
  }
  CHECK_FALSE(signing::decrypt(sealed, key, "bound to something").has_value());
  CHECK_FALSE(signing::decrypt("short", key, "").has_value());
}

TEST_CASE("what was encrypted is another text each time, bound to what it belongs to") {
  const std::string key = signing::random_bytes(signing::kAesKeyBytes);
  const std::string first = signing::encrypt("secret", key, "cluster a");
  CHECK(first != signing::encrypt("secret", key, "cluster a"));
  CHECK(signing::decrypt(first, key, "cluster a") == "secret");
  CHECK_FALSE(signing::decrypt(first, key, "cluster b").has_value());
  CHECK_FALSE(signing::decrypt(first, signing::random_bytes(signing::kAesKeyBytes), "cluster a").has_value());
}

TEST_CASE("a passphrase gives the key that Python's hashlib.scrypt gives") {
  CHECK(to_hex(as_bytes(signing::stretch("correct horse", "0123456789abcdef"))) ==
        "aa6b264e05219145de9ee3be635c6926423619248d53fbe162940b97c1766983");
}

TEST_CASE("an HMAC is that of RFC 4231") {
  CHECK(to_hex(as_bytes(signing::hmac_sha256("Jefe", "what do ya want for nothing?"))) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("hex digits are taken, and nothing else") {
  CHECK(signing::from_hex("00ff") == std::string("\0\xff", 2));
  for (const char* wrong : {"0", "0g", "zz", "00 ff"}) {
    CHECK(signing::from_hex(wrong).empty());
  }
}
