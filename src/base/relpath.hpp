#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace bundle {

/// A relative path that stays below the folder it is joined to: printable ASCII
/// other than space and backslash, `/` between the parts, no empty part, no `.` or `..`, at most 255 bytes
/// (what a ustar header holds).
class RelPath {
 public:
  static constexpr std::size_t kMaxBytes = 255;

  /// Throws Error(integrity) that quotes the text and says what is wrong with it.
  explicit RelPath(std::string_view text);
  /// Nothing where the constructor would throw.
  static std::optional<RelPath> parse(std::string_view text);

  const std::string& str() const { return text_; }
  RelPath operator/(std::string_view below) const;
  bool operator==(const RelPath&) const = default;
  auto operator<=>(const RelPath&) const = default;

 private:
  std::string text_;
};

}  // namespace bundle
