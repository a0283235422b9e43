#include "signing/certificate.hpp"

#include <doctest/doctest.h>

#include "support/test_ca.hpp"

using namespace bundle;

TEST_CASE("a certificate's public key is pinned as openssl computes it, each of several") {
  const std::string pem(test::kCaPem);
  CHECK(signing::key_pins(pem) == std::vector{std::string(test::kCaPin)});
  CHECK(signing::key_pins("# a comment\n" + pem + pem).size() == 2);
  CHECK(signing::key_pins("").empty());
  CHECK(signing::key_pins("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").empty());
}

TEST_CASE("of several certificates the end of the first one that ends counts") {
  constexpr std::int64_t kEnd = 2'111'145'381;  // 2036-11-24T13:16:21Z, as openssl x509 -enddate says
  const std::string pem(test::kCaPem);
  CHECK(signing::first_end(pem) == kEnd);
  CHECK(signing::first_end("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n" + pem) == kEnd);
  CHECK(signing::first_end(pem + "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n") == kEnd);
  CHECK_FALSE(signing::first_end(""));
  for (std::size_t size = 0; size + 30 < pem.size(); ++size) {
    CHECK_FALSE(signing::first_end(pem.substr(0, size)));
  }
}
