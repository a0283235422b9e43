#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace bundle::spec {

/// A content digest as OCI writes it: `sha256:` and 64 lower-case hex digits. Other algorithms are refused:
/// they occur for images in the wild only as an option of the specification. Source: OCI image-spec
/// descriptor.md, "Digests".
class Digest {
 public:
  /// Throws Error(integrity) when malformed.
  explicit Digest(std::string_view text);
  static std::optional<Digest> parse(std::string_view text);
  static Digest of_hex(std::string_view sha256_hex) { return Digest("sha256:" + std::string(sha256_hex)); }
  static Digest of(std::string_view content);

  const std::string& str() const { return text_; }
  std::string hex() const { return text_.substr(7); }
  bool operator==(const Digest&) const = default;
  auto operator<=>(const Digest&) const = default;

 private:
  std::string text_;
};

}  // namespace bundle::spec
