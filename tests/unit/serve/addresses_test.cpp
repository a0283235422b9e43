#include "serve/addresses.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "serve/seats.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using namespace bundle::serve;

namespace {

Address address(std::string_view text) { return parse_address(text, "--allow"); }

}  // namespace

TEST_CASE("endpoints are read and written") {
  for (const char* text : {"127.0.0.1:8443", "[::1]:1", "0.0.0.0:0", "[fd00::1]:65535"}) {
    CHECK(parse_endpoint(text).str() == text);
  }
  for (const char* text : {"", "8443", "127.0.0.1", "127.0.0.1:65536", "::1:8443", "localhost:80",
                           "1.2.3.4:x", "[1.2.3.4:80", "1.2.3.4:-1"}) {
    CHECK_MESSAGE(test::thrown_by([&] { parse_endpoint(text); }).kind() == ErrorKind::usage, text);
  }
}

TEST_CASE("loopback is known in both families") {
  CHECK(address("127.3.2.1").is_loopback());
  CHECK(address("::1").is_loopback());
  CHECK(address("::ffff:127.0.0.1").is_loopback());
  CHECK_FALSE(address("10.0.0.1").is_loopback());
  CHECK_FALSE(address("::").is_loopback());
  CHECK_FALSE(address("::7f00:1").is_loopback());
}

TEST_CASE("a network holds the addresses that begin like it") {
  CHECK(parse_network("10.0.0.0/8").contains(address("10.255.0.1")));
  CHECK_FALSE(parse_network("10.0.0.0/8").contains(address("11.0.0.1")));
  CHECK(parse_network("10.1.2.3").contains(address("10.1.2.3")));
  CHECK_FALSE(parse_network("10.1.2.3").contains(address("10.1.2.2")));
  CHECK(parse_network("0.0.0.0/0").contains(address("1.2.3.4")));
  CHECK_FALSE(parse_network("0.0.0.0/0").contains(address("fd00::1")));
  CHECK(parse_network("fd00::/9").contains(address("fd7f::1")));
  CHECK_FALSE(parse_network("fd00::/9").contains(address("fd80::1")));
  CHECK(parse_network("10.0.0.128/25").contains(address("10.0.0.200")));
  CHECK_FALSE(parse_network("10.0.0.128/25").contains(address("10.0.0.1")));
  for (const char* text : {"", "10.0.0.0/33", "10.0.0.1/8", "fd00::/129", "10/8", "10.0.0.0/", "all"}) {
    CHECK_MESSAGE(test::thrown_by([&] { parse_network(text); }).kind() == ErrorKind::usage, text);
  }
}

TEST_CASE("one client cannot take all places, and gives them back") {
  Seats seats(100, 2);
  const std::shared_ptr<void> first = seats.take(address("fd00::1"));
  std::shared_ptr<void> second = seats.take(address("fd00::2"));  // of the same /64
  REQUIRE(first);
  REQUIRE(second);
  CHECK_FALSE(seats.take(address("fd00::3")));
  CHECK(seats.take(address("10.0.0.1")));
  second.reset();
  CHECK(seats.take(address("fd00::3")));
}

TEST_CASE("a few clients that take all they can leave places to others") {
  Seats seats(256, 64);
  std::vector<std::shared_ptr<void>> taken;
  for (const char* greedy : {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"}) {
    for (int i = 0; i < 100; ++i) {
      taken.push_back(seats.take(address(greedy)));
    }
  }
  const auto count = std::ranges::count_if(taken, [](const auto& seat) { return seat != nullptr; });
  CHECK(count > 200);
  CHECK_FALSE(seats.is_full());
  std::vector<std::shared_ptr<void>> of_another;
  for (int i = 0; i < 8; ++i) {
    of_another.push_back(seats.take(address("10.0.0.9")));
    CHECK(of_another.back());
  }
}
