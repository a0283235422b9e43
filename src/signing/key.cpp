#include "signing/key.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/handle.hpp"
#include "signing/openssl.hpp"

namespace bundle::signing {
namespace {

using Pkey = Handle<EVP_PKEY, EVP_PKEY_free>;
using DigestContext = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using Pkcs8 = Handle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using EncryptedPkcs8 = Handle<X509_SIG, X509_SIG_free>;

constexpr std::uint64_t kMaxKeyFile = 64 << 10;
constexpr int kPassphraseIterations = 600'000;  // of PBKDF2: OWASP's figure for HMAC-SHA256
constexpr std::size_t kSpkiBytes = 91;          // of P-256 with a named curve and an uncompressed point

const unsigned char* data_of(Bytes bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string der_of(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) {
    fail_openssl("encode a public key");
  }
  std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

constexpr std::string_view kOnlyP256 =
    "only ECDSA keys on P-256 are taken: bundle keygen NAME, or openssl ecparam -name prime256v1 -genkey";

[[noreturn]] void refuse(const std::string& name, std::string_view what, std::string_view hint = kOnlyP256) {
  throw Error(ErrorKind::usage, fmt::format("{} {}", name, what), std::string(hint));
}

void require_p256(const EVP_PKEY* key, const std::string& name) {
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) {
    const char* type = EVP_PKEY_get0_type_name(key);
    refuse(name, fmt::format("holds a key of type {}", type == nullptr ? "unknown" : type));
  }
  std::array<char, 80> group{};
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(), nullptr) !=
      1) {
    refuse(name, "holds an elliptic curve key without the name of its curve");
  }
  if (std::string_view(group.data()) != "prime256v1") {
    refuse(name, fmt::format("holds a key on the curve {}", group.data()));
  }
  // One key, one DER, one KEYID.
  if (der_of(key).size() != kSpkiBytes) {
    refuse(name, "holds a P-256 key with a compressed point or spelled-out curve parameters");
  }
}

std::size_t count_of(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

void require_one_pem(std::string_view pem, const std::string& name) {
  if (count_of(pem, "-----BEGIN ") > 1 && count_of(pem, "-----BEGIN EC PARAMETERS-----") == 0) {
    refuse(name, "holds more than one PEM block", "one key per file");
  }
}

bool has_block(std::string_view pem, std::string_view kind) {
  return pem.find(fmt::format("-----BEGIN {}-----", kind)) != std::string_view::npos;
}

bool has_private_block(std::string_view pem) {
  return pem.find("PRIVATE KEY-----") != std::string_view::npos;
}

struct PassphraseRequest {
  const AskPassphrase& ask;
  bool asked = false;
  std::exception_ptr failure;  // must not cross OpenSSL's C frames
};

int give_passphrase(char* buffer, int size, int /*for_writing*/, void* user) {
  auto& request = *static_cast<PassphraseRequest*>(user);
  request.asked = true;
  try {
    const std::string passphrase = request.ask();
    if (passphrase.size() > static_cast<std::size_t>(size)) {
      return -1;
    }
    passphrase.copy(buffer, passphrase.size());
    return static_cast<int>(passphrase.size());
  } catch (...) {
    request.failure = std::current_exception();
    return -1;
  }
}

}  // namespace

struct PublicKey::State {
  Pkey key;
  std::string id;

  static std::shared_ptr<const State> of(Pkey key) {
    auto state = std::make_shared<State>();
    state->id = sha256_hex(der_of(key.get())).substr(0, 16);
    state->key = std::move(key);
    return state;
  }
};

PublicKey PublicKey::from_pem(std::string_view pem, const std::string& name) {
  if (has_private_block(pem)) {
    refuse(name, "holds a private key where a public one is wanted",
           "give the .pub file, and keep the private key to yourself");
  }
  if (has_block(pem, "CERTIFICATE")) {
    refuse(name, "is a certificate, not a public key", "openssl x509 -pubkey -noout prints its key");
  }
  require_one_pem(pem, name);
  ERR_clear_error();
  Pkey key(PEM_read_bio_PUBKEY(bio_of(pem).get(), nullptr, nullptr, nullptr));
  if (!key) {
    refuse(name, "is not a PEM file with a PUBLIC KEY");
  }
  require_p256(key.get(), name);
  return PublicKey(State::of(std::move(key)));
}

const std::string& PublicKey::id() const { return state_->id; }

std::string PublicKey::pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_PUBKEY(bio.get(), state_->key.get()) != 1) {
    fail_openssl("write a public key");
  }
  return text_of(bio.get());
}

bool PublicKey::verifies(Bytes content, Bytes signature) const {
  const DigestContext context(EVP_MD_CTX_new());
  if (!context ||
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) != 1) {
    fail_openssl("check signatures");
  }
  // 0 is a wrong signature, below 0 one that is no DER: both are simply not valid.
  const int result =
      EVP_DigestVerify(context.get(), data_of(signature), signature.size(), data_of(content), content.size());
  ERR_clear_error();
  return result == 1;
}

PrivateKey PrivateKey::generate() {
  Pkey key(EVP_EC_gen("P-256"));
  if (!key) {
    fail_openssl("make a key");
  }
  return PrivateKey(PublicKey(PublicKey::State::of(std::move(key))));
}

PrivateKey PrivateKey::from_pem(std::string_view pem, const std::string& name, const AskPassphrase& ask) {
  if (!has_private_block(pem)) {
    const bool is_public = has_block(pem, "PUBLIC KEY");
    refuse(name,
           is_public ? "holds a public key where a private one is wanted" : "is not a PEM file with a key");
  }
  require_one_pem(pem, name);
  ERR_clear_error();
  PassphraseRequest request{.ask = ask};
  Pkey key(PEM_read_bio_PrivateKey(bio_of(pem).get(), nullptr, give_passphrase, &request));
  if (request.failure) {
    std::rethrow_exception(request.failure);
  }
  if (!key) {
    refuse(name, request.asked ? "cannot be read with this passphrase" : "holds a damaged private key", "");
  }
  require_p256(key.get(), name);
  return PrivateKey(PublicKey(PublicKey::State::of(std::move(key))));
}

std::string PrivateKey::pem(std::string_view passphrase) const {
  const Pkcs8 plain(EVP_PKEY2PKCS8(public_key_.state_->key.get()));
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!plain || !bio) {
    fail_openssl("encode a private key");
  }
  if (passphrase.empty()) {
    if (PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio.get(), plain.get()) != 1) {
      fail_openssl("write a private key");
    }
    return text_of(bio.get());
  }
  const EncryptedPkcs8 encrypted(PKCS8_encrypt(-1, EVP_aes_256_cbc(), passphrase.data(),
                                               static_cast<int>(passphrase.size()), nullptr, 0,
                                               kPassphraseIterations, plain.get()));
  if (!encrypted || PEM_write_bio_PKCS8(bio.get(), encrypted.get()) != 1) {
    fail_openssl("encrypt a private key");
  }
  return text_of(bio.get());
}

std::string PrivateKey::sign(Bytes content) const {
  const DigestContext context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, public_key_.state_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, data_of(content), content.size()) != 1) {
    fail_openssl("sign");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     data_of(content), content.size()) != 1) {
    fail_openssl("sign");
  }
  signature.resize(size);
  return signature;
}

PublicKey load_public_key(const std::filesystem::path& path) {
  return PublicKey::from_pem(read_file(path, kMaxKeyFile), path.string());
}

namespace {

/// Who can write the file can put another key there, and who can read it can sign. A group may read it: that
/// is how secrets are handed to services.
void require_private(const std::filesystem::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    fail_errno("look at", path.string(), errno);
  }
  constexpr mode_t kTooOpen = S_IRWXO | S_IWGRP;
  if (S_ISREG(status.st_mode) && (status.st_mode & kTooOpen) != 0) {
    refuse(path.string(),
           fmt::format("is a private key that others can read or change (its mode is {:04o})",
                       status.st_mode & 07777u),
           fmt::format("chmod 600 {}; or, where that changes nothing, copy it to a disk that keeps modes",
                       path.string()));
  }
}

}  // namespace

PrivateKey load_private_key(const std::filesystem::path& path, const AskPassphrase& ask) {
  require_private(path);
  return PrivateKey::from_pem(read_file(path, kMaxKeyFile), path.string(), ask);
}

}  // namespace bundle::signing
