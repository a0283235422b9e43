#include "signing/cipher.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/handle.hpp"
#include "signing/openssl.hpp"

namespace bundle::signing {
namespace {

using CipherContext = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
int length_of(std::string_view text) { return static_cast<int>(text.size()); }

CipherContext new_context(std::string_view key) {
  CipherContext context(EVP_CIPHER_CTX_new());
  if (!context || key.size() != kAesKeyBytes) {
    fail_openssl("set up AES-256-GCM");
  }
  return context;
}

}  // namespace

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(bytes_of(bytes), static_cast<int>(count)) != 1) {
    fail_openssl("make random bytes");
  }
  return bytes;
}

std::string encrypt(std::string_view secret, std::string_view key, std::string_view bound) {
  const CipherContext context = new_context(key);
  const std::string nonce = random_bytes(kNonceBytes);
  std::string text(secret.size(), '\0');
  std::string tag(kTagBytes, '\0');
  int length = 0;
  if (EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce)) != 1 ||
      EVP_EncryptUpdate(context.get(), nullptr, &length, bytes_of(bound), length_of(bound)) != 1 ||
      EVP_EncryptUpdate(context.get(), bytes_of(text), &length, bytes_of(secret), length_of(secret)) != 1 ||
      EVP_EncryptFinal_ex(context.get(), bytes_of(text) + length, &length) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) != 1) {
    fail_openssl("encrypt");
  }
  return nonce + text + tag;
}

std::optional<std::string> decrypt(std::string_view sealed, std::string_view key, std::string_view bound) {
  if (sealed.size() < kNonceBytes + kTagBytes) {
    return std::nullopt;
  }
  const CipherContext context = new_context(key);
  const std::string_view nonce = sealed.substr(0, kNonceBytes);
  const std::string_view body = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string text(body.size(), '\0');
  int length = 0;
  if (EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce)) != 1 ||
      EVP_DecryptUpdate(context.get(), nullptr, &length, bytes_of(bound), length_of(bound)) != 1 ||
      EVP_DecryptUpdate(context.get(), bytes_of(text), &length, bytes_of(body), length_of(body)) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) != 1) {
    fail_openssl("decrypt");
  }
  if (EVP_DecryptFinal_ex(context.get(), bytes_of(text) + length, &length) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  return text;
}

std::string stretch(std::string_view passphrase, std::string_view salt) {
  constexpr std::uint64_t kCost = 1 << 17;
  constexpr std::uint64_t kBlock = 8;
  constexpr std::uint64_t kMemory = 256 << 20;  // at most
  std::string key(kAesKeyBytes, '\0');
  if (EVP_PBE_scrypt(passphrase.data(), passphrase.size(), bytes_of(salt), salt.size(), kCost, kBlock, 1,
                     kMemory, bytes_of(key), key.size()) != 1) {
    fail_openssl("make a key of a passphrase");
  }
  return key;
}

std::string from_hex(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  std::size_t length = 0;
  const bool is_hex =
      OPENSSL_hexstr2buf_ex(bytes_of(bytes), bytes.size(), &length, std::string(hex).c_str(), '\0') == 1;
  ERR_clear_error();
  return is_hex ? bytes : std::string();
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string made(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  if (HMAC(EVP_sha256(), key.data(), length_of(key), bytes_of(text), text.size(), bytes_of(made), &length) ==
      nullptr) {
    fail_openssl("make an HMAC");
  }
  made.resize(length);
  return made;
}

}  // namespace bundle::signing
