#include "signing/self_signed.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "signing/key.hpp"
#include "signing/openssl.hpp"

namespace bundle::signing {
namespace {

using Certificate = Handle<X509, X509_free>;
using Extension = Handle<X509_EXTENSION, X509_EXTENSION_free>;
using Pkey = Handle<EVP_PKEY, EVP_PKEY_free>;

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kDaysGood = 730;

void require(bool is_done, std::string_view doing) {
  if (!is_done) {
    fail_openssl(doing);
  }
}

Pkey key_of(const std::string& pem) {
  const Bio bio = bio_of(pem);
  Pkey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  require(key != nullptr, "read a key that it made");
  return key;
}

/// A random number: two certificates of one name must not share theirs.
void set_serial(X509* certificate) {
  std::array<unsigned char, 8> bytes{};
  require(RAND_bytes(bytes.data(), bytes.size()) == 1, "make a random number");
  std::uint64_t number = 1;
  for (const unsigned char byte : bytes) {
    number = (number << 8 | byte) >> 1;  // not negative
  }
  require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number) == 1, "number a certificate");
}

void set_name(X509* certificate) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>("bundle serve");
  require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 &&
              X509_set_issuer_name(certificate, name) == 1,
          "name a certificate");
}

void set_times(X509* certificate, std::int64_t now) {
  require(ASN1_TIME_set(X509_getm_notBefore(certificate), now - kDay) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(certificate), now + kDaysGood * kDay) != nullptr,
          "date a certificate");
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1,
          "extend a certificate");
}

std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr && PEM_write_bio_X509(bio.get(), certificate) == 1, "write a certificate");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require(X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1, "hash a certificate");
  const std::string hex = upper(to_hex(std::as_bytes(std::span(digest.data(), size))));
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    text += (i == 0 ? "" : ":") + hex.substr(i, 2);
  }
  return text;
}

}  // namespace

SelfSigned make_self_signed(const std::vector<std::string>& addresses, std::int64_t now) {
  const std::string key_pem = PrivateKey::generate().pem("");
  const Pkey key = key_of(key_pem);
  const Certificate certificate(X509_new());
  require(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
              X509_set_pubkey(certificate.get(), key.get()) == 1,
          "make a certificate");
  set_serial(certificate.get());
  set_name(certificate.get());
  set_times(certificate.get(), now);
  add_extension(certificate.get(), NID_subject_alt_name, "IP:" + join(addresses, ",IP:"));
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), NID_ext_key_usage, "serverAuth");
  require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "sign a certificate");
  return {.certificate_pem = pem_of(certificate.get()),
          .key_pem = key_pem,
          .fingerprint = fingerprint_of(certificate.get())};
}

}  // namespace bundle::signing
