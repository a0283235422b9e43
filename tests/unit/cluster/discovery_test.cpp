#include "cluster/discovery.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/lawful_action.hpp"
#include "support/test_ca.hpp"

namespace bundle::cluster {
namespace {

using Fault = Discovery::Fault;

struct Asking {
  test::FakeWorld world;
  test::WorldHost host{world};
  spec::Join join{.endpoint = "10.0.0.100:6553",
                  .ca_pins = {std::string(test::kCaPin)},
                  .token = "abcdef.0123456789abcdef"};

  Asking() {
    world.api.is_up = true;
    world.api.ca_pem = std::string(test::kCaPem);
    world.api.date = "Tue, 15 Nov 1994 08:12:31 GMT";
  }
  Discovery found() { return discover(host.host, join); }
};

}  // namespace

TEST_CASE("a token's signature is the one that Python's hmac makes") {
  // {"alg":"HS256","kid":"abcdef"} over the content, by 0123456789abcdef.
  const std::string jws =
      "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..vH_kT4yiol-nrAWgjfCYqvum5wsKETXe0S7OOp1VgnE";
  const std::string content = "apiVersion: v1\nkind: Config\n";
  CHECK(is_signed_with(jws, content, "0123456789abcdef"));
  CHECK_FALSE(is_signed_with(jws, content + " ", "0123456789abcdef"));
  CHECK_FALSE(is_signed_with(jws, content, "0123456789abcdee"));
  CHECK_FALSE(is_signed_with("no signature", content, "0123456789abcdef"));
}

TEST_CASE_FIXTURE(Asking, "the CA is believed when it is pinned and the token signed it") {
  const Discovery one = found();
  CHECK(one.fault == Fault::none);
  CHECK(one.ca_pem == test::kCaPem);
  CHECK(one.date == parse_utc("1994-11-15T08:12:31Z"));
}

TEST_CASE_FIXTURE(Asking, "each fault is told apart") {
  SUBCASE("nobody answers") {
    world.api.is_up = false;
    CHECK(found().fault == Fault::unreachable);
    CHECK(found().seen.find("Connection refused") != std::string::npos);
  }
  SUBCASE("another CA") {
    join.ca_pins = {"sha256:" + std::string(64, '0')};
    CHECK(found().fault == Fault::other_ca);
    CHECK(found().seen.find(test::kCaPin) != std::string::npos);
  }
  SUBCASE("no CA") {
    world.api.ca_pem = "none";
    CHECK(found().fault == Fault::other_ca);
  }
  SUBCASE("a token that has ended") {
    world.api.token = "fedcba.0123456789abcdef";
    CHECK(found().fault == Fault::unknown_token);
  }
  SUBCASE("a token with another second half") {
    world.api.token = "abcdef.fedcba9876543210";
    CHECK(found().fault == Fault::wrong_token);
  }
  SUBCASE("something that is no cluster") {
    world.programs.on({"curl"}, {.out = "HTTP/1.1 200 OK\r\n\r\n<html>It works!</html>"});
    CHECK(found().fault == Fault::no_cluster);
  }
  SUBCASE("an answer that is cut off") {
    world.programs.on({"curl"}, {.out = "HTTP/1.1 200 OK\r\n"});
    CHECK(found().fault != Fault::none);
  }
  CHECK(found().ca_pem.empty());
}

}  // namespace bundle::cluster
