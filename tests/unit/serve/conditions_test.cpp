#include "serve/conditions.hpp"

#include <doctest/doctest.h>

using namespace bundle::serve;

namespace {

constexpr std::uint64_t kSize = 1000;

Request with(std::vector<Header> headers) { return {.method = "GET", .headers = std::move(headers)}; }

}  // namespace

TEST_CASE("a single range selects its bytes") {
  CHECK(parse_range("bytes=0-0", kSize) == Selection(Slice{0, 1}));
  CHECK(parse_range("bytes=500-", kSize) == Selection(Slice{500, 500}));
  CHECK(parse_range("bytes=500-9999", kSize) == Selection(Slice{500, 500}));
  CHECK(parse_range("bytes=-1", kSize) == Selection(Slice{999, 1}));
  CHECK(parse_range("bytes=-5000", kSize) == Selection(Slice{0, 1000}));
  CHECK(parse_range("Bytes= 1-2 ", kSize) == Selection(Slice{1, 2}));
  CHECK(parse_range("bytes=0-9223372036854775808", kSize) == Selection(Slice{0, 1000}));
  CHECK(parse_range("bytes=-99999999999999999999999999", kSize) == Selection(Slice{0, 1000}));
}

TEST_CASE("a range without any byte is unsatisfiable") {
  for (const char* range : {"bytes=1000-", "bytes=9223372036854775808-", "bytes=-0",
                            "bytes=18446744073709551615-", "bytes=99999999999999999999999999-"}) {
    CHECK_MESSAGE(parse_range(range, kSize) == Selection(Unsatisfiable{}), range);
  }
  CHECK(parse_range("bytes=0-", 0) == Selection(Unsatisfiable{}));
}

TEST_CASE("what is malformed, or several ranges, is passed over") {
  for (const char* range :
       {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=0-1,5-6", "bytes=+1-2",
        "bytes=1 -2", "bytes=0x1-2", "lines=1-2", "bytes=1--2", "bytes=--2"}) {
    CHECK_MESSAGE(parse_range(range, kSize) == Selection(), range);
  }
  CHECK(parse_range("bytes=-5", 0) == Selection());
}

TEST_CASE("If-Range, HEAD and conditions decide whether the range counts") {
  CHECK(select_range(with({{"range", "bytes=0-0"}}), "\"e\"", kSize) == Selection(Slice{0, 1}));
  CHECK(select_range(with({{"Range", "bytes=0-0"}, {"If-Range", "\"e\""}}), "\"e\"", kSize) ==
        Selection(Slice{0, 1}));
  CHECK(select_range(with({{"Range", "bytes=0-0"}, {"If-Range", "\"f\""}}), "\"e\"", kSize) == Selection());
  CHECK(select_range(with({{"Range", "bytes=0-0"}, {"If-Range", "W/\"e\""}}), "\"e\"", kSize) == Selection());
  Request head = with({{"Range", "bytes=0-0"}});
  head.method = "HEAD";
  CHECK(select_range(head, "\"e\"", kSize) == Selection());
}

TEST_CASE("ETags that match are 304, those that should and do not 412") {
  CHECK(status_by_conditions(with({{"If-None-Match", "\"a\", W/\"e\""}}), "\"e\"") == 304);
  CHECK(status_by_conditions(with({{"If-None-Match", "*"}}), "\"e\"") == 304);
  CHECK(status_by_conditions(with({{"If-None-Match", "\"a\""}}), "\"e\"") == std::nullopt);
  CHECK(status_by_conditions(with({{"If-Match", "\"a\""}}), "\"e\"") == 412);
  CHECK(status_by_conditions(with({{"If-Match", "W/\"e\""}}), "\"e\"") == 412);
  CHECK(status_by_conditions(with({{"If-Match", "\"e\""}}), "\"e\"") == std::nullopt);
}
