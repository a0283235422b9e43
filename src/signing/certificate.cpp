#include "signing/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>

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

/// Nothing for a time that is none.
std::optional<std::int64_t> end_of(X509* certificate) {
  struct tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  return ::timegm(&end);
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

std::optional<std::int64_t> first_end(std::string_view pem) {
  const Bio bio = bio_of(pem);
  std::optional<std::int64_t> first;
  for (Certificate one = next_of(bio.get()); one; one = next_of(bio.get())) {
    if (const std::optional<std::int64_t> end = end_of(one.get())) {
      first = std::min(first.value_or(*end), *end);
    }
  }
  return first;
}

}  // namespace bundle::signing
