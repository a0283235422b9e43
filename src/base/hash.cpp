#include "base/hash.hpp"

#include <openssl/evp.h>

#include "base/error.hpp"
#include "base/handle.hpp"

namespace bundle {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

struct KindRow {
  HashKind kind;
  std::string_view name;
  std::size_t hex_length;
  const EVP_MD* (*algorithm)();
};
constexpr std::array<KindRow, 6> kKinds = {{{HashKind::md5, "md5", 32, EVP_md5},
                                            {HashKind::sha1, "sha1", 40, EVP_sha1},
                                            {HashKind::sha224, "sha224", 56, EVP_sha224},
                                            {HashKind::sha256, "sha256", 64, EVP_sha256},
                                            {HashKind::sha384, "sha384", 96, EVP_sha384},
                                            {HashKind::sha512, "sha512", 128, EVP_sha512}}};

const KindRow& row_of(HashKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

void require(int openssl_result) {
  if (openssl_result != 1) {
    fail(ErrorKind::bug, "the hash function is not available (is this a FIPS host with it switched off?)");
  }
}

}  // namespace

HashKind parse_hash_kind(std::string_view name) {
  if (name == "sha") {
    return HashKind::sha1;
  }
  for (const KindRow& row : kKinds) {
    if (row.name == name) {
      return row.kind;
    }
  }
  fail(ErrorKind::integrity, "unknown hash function '{}'", name);
}

std::string_view to_string(HashKind kind) { return row_of(kind).name; }
std::size_t hex_length(HashKind kind) { return row_of(kind).hex_length; }

struct Hasher::State {
  Handle<EVP_MD_CTX, EVP_MD_CTX_free> context{EVP_MD_CTX_new()};
};

Hasher::Hasher(HashKind kind) : state_(std::make_unique<State>()) {
  require(EVP_DigestInit_ex(state_->context.get(), row_of(kind).algorithm(), nullptr));
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(Bytes bytes) {
  require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

std::string Hasher::finish_hex() {
  std::array<std::byte, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  require(
      EVP_DigestFinal_ex(state_->context.get(), reinterpret_cast<unsigned char*>(digest.data()), &length));
  return to_hex(std::span(digest).first(length));
}

std::string sha256_hex(Bytes bytes) {
  Hasher hasher;
  hasher.update(bytes);
  return hasher.finish_hex();
}

std::string sha256_hex(std::string_view text) { return sha256_hex(as_bytes(text)); }

std::string to_hex(Bytes bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<unsigned>(byte >> 4)];
    text += kDigits[std::to_integer<unsigned>(byte & std::byte{15})];
  }
  return text;
}

bool is_hex_256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of(kDigits) == std::string_view::npos;
}

}  // namespace bundle
