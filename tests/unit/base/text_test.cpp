#include "base/text.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace bundle;
using Words = std::vector<std::string_view>;

TEST_CASE("splitting keeps empty parts, words do not") {
  CHECK(split("a,,b,", ',') == Words{"a", "", "b", ""});
  CHECK(split("", ',') == Words{""});
  CHECK(split_words("  a\tb \n") == Words{"a", "b"});
  CHECK(split_words(" \n").empty());
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim(" \n").empty());
  CHECK(join({"a", "b", "c"}, ", ") == "a, b, c");
  CHECK(join({"a", "a"}, "-") == "a-a");
  CHECK(join({}, ", ").empty());
}

TEST_CASE("replacing does not look at what it has put in") {
  CHECK(replace_all("aaa", "a", "aa") == "aaaaaa");
  CHECK(replace_all("abc", "x", "y") == "abc");
  CHECK(lower("ÄBC-d") == "Äbc-d");  // ASCII only
  CHECK(upper("äbc-D9") == "äBC-D9");
}

TEST_CASE("numbers are digits only and within range") {
  CHECK(parse_unsigned("0") == 0);
  CHECK(parse_unsigned("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "0x10", "18446744073709551616", "1.0"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_unsigned(text));
  }
}

TEST_CASE("sizes take binary and decimal suffixes") {
  CHECK(parse_size("4294967296") == 4294967296);
  CHECK(parse_size("512MiB") == 512ull << 20);
  CHECK(parse_size("4G") == 4ull << 30);
  CHECK(parse_size("4 gib") == 4ull << 30);
  CHECK(parse_size("2TB") == 2'000'000'000'000);
  CHECK(parse_size("7B") == 7);
  CHECK(parse_size("16777215T") == 16777215ull << 40);
  for (const char* text :
       {"", "G", "4X", "4Gi", "4GiBs", "-4G", "4.5G", "16777216T", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("sizes are shown with one decimal place") {
  CHECK(format_size(0) == "0 B");
  CHECK(format_size(1023) == "1023 B");
  CHECK(format_size(1024) == "1.0 KiB");
  CHECK(format_size(4294967296) == "4.0 GiB");
  CHECK(format_size((1u << 20) - 1) == "1.0 MiB");  // not "1024.0 KiB"
  CHECK(format_size(std::numeric_limits<std::uint64_t>::max()) == "16384.0 PiB");
  CHECK(format_count(0) == "0");
  CHECK(format_count(999) == "999");
  CHECK(format_count(1000) == "1,000");
  CHECK(format_count(1234567) == "1,234,567");
}

TEST_CASE("control characters are made visible") {
  CHECK(printable(std::string_view("a\0b\x1b", 4)) == "a\\x00b\\x1b");
  CHECK(printable("line\n\tü\x7f") == "line\n\tü\\x7f");
  CHECK(escaped("a b\n\x1bü~") == "a b\\x0a\\x1b\\xc3\\xbc~");
  CHECK(escaped("12345", 3) == "123...");
  CHECK(escaped("123", 3) == "123");
  CHECK(escaped("\xff\xff", 7) == "\\xff...");  // the bound is on what is written, and no escape is cut
  CHECK(escaped("\xff\xff", 8) == "\\xff\\xff");
}

TEST_CASE("bytes that are not UTF-8, and control characters above U+007F, are made visible") {
  CHECK(printable("Datei f\xfcr") == "Datei f\\xfcr");
  CHECK(printable("\x9b[2J") == "\\x9b[2J");
  CHECK(printable("\xc2\x9b[2J \xc2\xa0") == "\\xc2\\x9b[2J \xc2\xa0");
  CHECK(printable("\xe2\x82") == "\\xe2\\x82");
}

TEST_CASE("a time whose year is no int is seconds, and no time at all is written as another") {
  CHECK(format_utc(INT64_MAX) == "@9223372036854775807");
  CHECK(format_utc(INT64_MIN) == "@-9223372036854775808");
  CHECK(format_utc(-1) == "1969-12-31T23:59:59Z");
  CHECK(format_utc(253402300800) == "10000-01-01T00:00:00Z");
  for (const std::int64_t seconds : {INT64_MAX, INT64_MIN, std::int64_t{253402300800}}) {
    CHECK_FALSE(parse_utc(format_utc(seconds)).has_value());
  }
}

TEST_CASE("times go both ways") {
  CHECK(format_utc(0) == "1970-01-01T00:00:00Z");
  CHECK(format_utc(1795291200) == "2026-11-21T20:00:00Z");  // date -u -d @1795291200
  CHECK(parse_utc("2026-11-21T20:00:00Z") == 1795291200);
  CHECK(parse_utc("2024-02-29T23:59:59Z") == 1709251199);
  CHECK(parse_utc("1969-12-31T23:59:59Z") == -1);
  for (const char* text :
       {"", "2026-11-21", "2026-11-21 20:00:00Z", "2026-13-01T00:00:00Z", "2023-02-29T00:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T20:00:60Z", "2026-11-21T20:00:00+", "2026-11-21T2 :00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_utc(text));
  }
}
