#include "base/hash.hpp"

#include <doctest/doctest.h>

#include "support/thrown.hpp"

using namespace bundle;

namespace {

std::string hex_of(HashKind kind, std::string_view text) {
  Hasher hasher(kind);
  hasher.update(text);
  return hasher.finish_hex();
}

}  // namespace

TEST_CASE("the known answers of each hash function for 'abc'") {  // RFC 1321, FIPS 180-4's examples
  CHECK(hex_of(HashKind::md5, "abc") == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(hex_of(HashKind::sha1, "abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(hex_of(HashKind::sha224, "abc") == "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
  CHECK(hex_of(HashKind::sha256, "abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex_of(HashKind::sha384, "abc") ==
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  CHECK(hex_of(HashKind::sha512, "abc") ==
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
        "454d4423643ce80e2a9ac94fa54ca49f");
}

TEST_CASE("bytes may come in pieces, and none at all is fine") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Hasher hasher;
  hasher.update("a");
  hasher.update(Bytes{});
  Hasher moved = std::move(hasher);
  moved.update("bc");
  CHECK(moved.finish_hex() == sha256_hex("abc"));
}

TEST_CASE("hash functions have the names of RPM metadata") {
  for (const HashKind kind : {HashKind::md5, HashKind::sha1, HashKind::sha224, HashKind::sha256,
                              HashKind::sha384, HashKind::sha512}) {
    CHECK(parse_hash_kind(to_string(kind)) == kind);
    CHECK(hex_of(kind, "").size() == hex_length(kind));
  }
  CHECK(parse_hash_kind("sha") == HashKind::sha1);
  CHECK(test::thrown_by([] { parse_hash_kind("crc32"); }).kind() == ErrorKind::integrity);
  CHECK_THROWS_AS(parse_hash_kind("SHA256"), Error);
}
