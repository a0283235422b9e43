#include "signing/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/hash.hpp"
#include "signing/openssl.hpp"

namespace bundle::signing {
namespace {

using Certificate = Handle<X509, X509_free>;

/// The next one of a text; null behind the last.
Certificate next_of(BIO* bio) {
  Certificate certificate(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

std::string pin_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) {
    fail_openssl("encode the public key of a certificate");
  }
  const std::string pin =
      "sha256:" + sha256_hex(std::string_view(reinterpret_cast<char*>(der), static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return pin;
}

}  // namespace

std::vector<std::string> key_pins(std::string_view pem) {
  const Bio bio = bio_of(pem);
  std::vector<std::string> pins;
  for (Certificate one = next_of(bio.get()); one; one = next_of(bio.get())) {
    pins.push_back(pin_of(one.get()));
  }
  return pins;
}

}  // namespace bundle::signing
