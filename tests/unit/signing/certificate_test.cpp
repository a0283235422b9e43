#include "signing/certificate.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/test_ca.hpp"

using namespace bundle;

TEST_CASE("a certificate's public key is pinned as openssl computes it, each of several") {
  const std::string pem(test::kCaPem);
  CHECK(signing::key_pins(pem) == std::vector{std::string(test::kCaPin)});
  CHECK(signing::key_pins("# a comment\n" + pem + pem).size() == 2);
  CHECK(signing::key_pins("").empty());
  CHECK(signing::key_pins("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").empty());
}

TEST_CASE("a certificate's end is what openssl x509 -enddate says") {
  CHECK(signing::end_of(test::kCaPem) == parse_utc("2036-11-24T13:16:21Z"));
  CHECK_FALSE(signing::end_of("no certificate").has_value());
}
