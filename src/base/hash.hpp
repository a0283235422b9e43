#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace bundle {

using Bytes = std::span<const std::byte>;

inline Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Hash functions that our formats and RPM metadata name. Only sha256 and stronger ones establish trust.
enum class HashKind { md5, sha1, sha224, sha256, sha384, sha512 };

/// The kind with this name (`sha256`, also RPM's `sha` for sha1); throws Error(integrity) for others.
HashKind parse_hash_kind(std::string_view name);
std::string_view to_string(HashKind kind);
/// Length of the hex form.
std::size_t hex_length(HashKind kind);

/// Incremental hash over OpenSSL's EVP. Move-only; one thread at a time.
class Hasher {
 public:
  explicit Hasher(HashKind kind = HashKind::sha256);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(Bytes bytes);
  void update(std::string_view text) { update(as_bytes(text)); }
  /// Lower-case hex of all that was fed. The hasher is spent after that.
  std::string finish_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Lower-case hex sha256.
std::string sha256_hex(Bytes bytes);
std::string sha256_hex(std::string_view text);
std::string to_hex(Bytes bytes);
/// Whether a text is 64 lower-case hex digits: a SHA-256, or another 256 bits.
bool is_hex_256(std::string_view text);

}  // namespace bundle
