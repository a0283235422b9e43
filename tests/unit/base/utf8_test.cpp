#include "base/utf8.hpp"

#include <doctest/doctest.h>

#include <array>

namespace bundle {
namespace {

/// The bytes of a code point, by the table of RFC 3629 section 3.
std::string encoded(unsigned point) {
  const auto byte = [](unsigned value) { return static_cast<char>(value); };
  if (point < 0x80) {
    return {byte(point)};
  }
  if (point < 0x800) {
    return {byte(0xc0 | (point >> 6)), byte(0x80 | (point & 0x3f))};
  }
  if (point < 0x10000) {
    return {byte(0xe0 | (point >> 12)), byte(0x80 | ((point >> 6) & 0x3f)), byte(0x80 | (point & 0x3f))};
  }
  return {byte(0xf0 | (point >> 18)), byte(0x80 | ((point >> 12) & 0x3f)), byte(0x80 | ((point >> 6) & 0x3f)),
          byte(0x80 | (point & 0x3f))};
}

}  // namespace

TEST_CASE("every code point is one, but surrogates and what lies behind U+10FFFF") {
  std::size_t wrong = 0;
  for (unsigned point = 0; point < 0x120000; ++point) {
    const std::string bytes = encoded(point);
    const bool is_real = (point < 0xd800 || point > 0xdfff) && point < 0x110000;
    wrong += code_point_size(bytes) == (is_real ? bytes.size() : 0) ? 0 : 1;
    wrong +=
        point >= 0x80 && code_point_size(std::string_view(bytes).substr(0, bytes.size() - 1)) != 0 ? 1 : 0;
  }
  CHECK(wrong == 0);
  CHECK(code_point_size("") == 0);
}

TEST_CASE("overlong forms, stray continuations and the bytes that UTF-8 never has are none") {
  for (const std::string_view bad :
       {"\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf",
        "\x80", "\xbf", "\xf8\x88\x80\x80\x80", "\xfc", "\xfe", "\xff", "\xc3(", "\xe2(\xa1", "\xe2\x82("}) {
    CAPTURE(bad);
    CHECK(code_point_size(bad) == 0);
    CHECK_FALSE(is_utf8(bad));
  }
  CHECK(is_utf8("aü€𝄞"));
  CHECK(is_utf8(""));
}

TEST_CASE("what is not UTF-8 is made visible byte by byte, and all else stays") {
  CHECK(clean_utf8("Datei f\xfcr ü") == "Datei f\\xfcr ü");
  CHECK(clean_utf8("\xe2\x82") == "\\xe2\\x82");
  CHECK(clean_utf8("\xe2\x82x") == "\\xe2\\x82x");
  CHECK(clean_utf8(std::string_view("a\0b\x1b", 4)) == std::string_view("a\0b\x1b", 4));
}

TEST_CASE("a text is cut between its characters, at both ends") {
  const std::string text = "aü€𝄞z";  // 1, 2, 3, 4 and 1 bytes
  constexpr std::array<std::size_t, 12> kFirst{0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
  constexpr std::array<std::size_t, 12> kLast{0, 1, 1, 1, 1, 5, 5, 5, 8, 8, 10, 11};
  for (std::size_t size = 0; size < kFirst.size(); ++size) {
    CAPTURE(size);
    CHECK(first_bytes(text, size) == text.substr(0, kFirst.at(size)));
    CHECK(last_bytes(text, size) == text.substr(text.size() - kLast.at(size)));
  }
  CHECK(first_bytes(text, 100) == text);
  CHECK(last_bytes(text, 100) == text);
}

TEST_CASE("what is no UTF-8 is cut where it is said") {
  CHECK(first_bytes("\x80\x80\x80\x80\x80", 3) == "\x80\x80\x80");
  CHECK(last_bytes("\x80\x80\x80\x80\x80", 3) == "\x80\x80\x80");
  CHECK(first_bytes("a\xff\xff", 2) == "a\xff");
}

}  // namespace bundle
