#include "oci/challenge.hpp"

#include <doctest/doctest.h>

using namespace bundle::oci;

TEST_CASE("a Bearer challenge is taken apart") {
  const auto found = parse_challenges(
      R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push")");
  REQUIRE(found.size() == 1);
  CHECK(found[0].scheme == "bearer");
  CHECK(found[0].parameter("realm") == "https://auth.docker.io/token");
  CHECK(found[0].parameter("scope") == "repository:a/b:pull,push");
  CHECK(found[0].parameter("error").empty());
}

TEST_CASE("several challenges stand in one line") {
  const auto found =
      parse_challenges(R"(Negotiate, BASIC Realm = "a \"quoted\" one" , Bearer realm=x, service=y)");
  REQUIRE(found.size() == 3);
  CHECK(found[0].scheme == "negotiate");
  CHECK(found[1].parameter("realm") == R"(a "quoted" one)");
  CHECK(found[2].parameter("service") == "y");
}

TEST_CASE("no text from outside breaks the parser") {
  const std::string whole = R"(Bearer realm="https://a",scope="x\")";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const auto found = parse_challenges(whole.substr(0, size));
    CHECK(found.empty() == (size == 0));
    CHECK((found.empty() || std::string("bearer").starts_with(found[0].scheme)));
    CHECK(found.size() <= 2);  // a parameter without its '=' looks like a scheme
  }
  CHECK(parse_challenges("=,\"=\",,=").empty());
}
