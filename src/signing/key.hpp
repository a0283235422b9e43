#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/hash.hpp"

namespace bundle::signing {

/// An ECDSA key on P-256, the only kind that we take. Cheap to copy.
/// Source: RFC 5480 (public keys as SubjectPublicKeyInfo), RFC 7468 (PEM).
class PublicKey {
 public:
  /// Reads one PEM `PUBLIC KEY`; `name` (its path) goes into errors. Throws Error(usage) that says what the
  /// text is instead: a private key, a certificate, RSA, another curve.
  static PublicKey from_pem(std::string_view pem, const std::string& name);

  /// KEYID: the first 16 hex digits of the SHA-256 of the key's DER.
  const std::string& id() const;
  std::string pem() const;
  /// Whether `signature` (DER, as `openssl dgst -sha256 -sign` writes it) is this key's for `content`.
  bool verifies(Bytes content, Bytes signature) const;

 private:
  friend class PrivateKey;
  struct State;
  explicit PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// Asks for a passphrase; called only when the key has one.
using AskPassphrase = std::function<std::string()>;

/// The key that signs.
class PrivateKey {
 public:
  static PrivateKey generate();
  /// Reads PEM, PKCS#8 or SEC 1, encrypted or not. Throws Error(usage), also for a wrong passphrase.
  static PrivateKey from_pem(std::string_view pem, const std::string& name, const AskPassphrase& ask);

  const PublicKey& public_key() const { return public_key_; }
  /// PKCS#8; encrypted (PBES2: PBKDF2 with HMAC-SHA256, AES-256-CBC) unless `passphrase` is empty.
  std::string pem(std::string_view passphrase) const;
  /// A DER signature, `openssl dgst -sha256 -verify` takes it; another one at every call.
  std::string sign(Bytes content) const;

 private:
  explicit PrivateKey(PublicKey public_key) : public_key_(std::move(public_key)) {}
  PublicKey public_key_;  // its EVP_PKEY holds the private half as well
};

/// At most 64 KiB, else as from_pem. A private key that others can read or change is Error(usage).
PublicKey load_public_key(const std::filesystem::path& path);
PrivateKey load_private_key(const std::filesystem::path& path, const AskPassphrase& ask);

}  // namespace bundle::signing
