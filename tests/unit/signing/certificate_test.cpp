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
