#include "signing/self_signed.hpp"

#include <doctest/doctest.h>

#include "signing/certificate.hpp"
#include "signing/key.hpp"

using namespace bundle;
using namespace bundle::signing;

// That TLS clients take it, with this fingerprint, tests/e2e/serve.sh asks curl and openssl.
TEST_CASE("a self-signed certificate is another one each time, and has its end") {
  constexpr std::int64_t kNow = 1'800'000'000;
  const SelfSigned one = make_self_signed({"127.0.0.1", "fd00::1"}, kNow);
  const SelfSigned other = make_self_signed({"127.0.0.1"}, kNow);
  CHECK(one.fingerprint.size() == 32 * 3 - 1);
  CHECK(one.fingerprint != other.fingerprint);
  CHECK(key_pins(one.certificate_pem) != key_pins(other.certificate_pem));
  CHECK(first_end(one.certificate_pem) == kNow + 63'072'000);
  CHECK_NOTHROW(PrivateKey::from_pem(one.key_pem, "key", [] { return std::string(); }));
}
