#include "rpm/upstream.hpp"

#include <doctest/doctest.h>

#include "support/thrown.hpp"

using namespace bundle;

namespace {

std::string url_of(const std::string& location, const std::string& base = "") {
  return rpm::package_url({.nevra = "x-1-1.noarch", .location = location, .location_base = base},
                          "https://packages.example/el/9");
}

}  // namespace

TEST_CASE("a package lies below its repository, or above it on the same host") {
  CHECK(url_of("Packages/x~1^2+3.rpm") == "https://packages.example/el/9/Packages/x~1^2+3.rpm");
  CHECK(url_of("../pool/0123abcd-x-1-1.noarch.rpm") ==
        "https://packages.example/el/pool/0123abcd-x-1-1.noarch.rpm");
  CHECK(url_of("a/../../b/./x.rpm") == "https://packages.example/el/b/x.rpm");
  CHECK(url_of("../../../../../x.rpm") == "https://packages.example/x.rpm");
  CHECK(url_of("x.rpm", "https://cdn.example/base/") == "https://cdn.example/base/x.rpm");
  CHECK(url_of("../x.rpm", "https://cdn.example/base/") == "https://cdn.example/x.rpm");
}

TEST_CASE("a package on another host is refused, unless primary names its base") {
  for (const char* location : {"https://other.example/x.rpm", "//other.example/x.rpm"}) {
    CAPTURE(location);
    const Error error = test::thrown_by([&] { url_of(location); });
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(test::holds(error.message(), "which is not on the repository's host"));
  }
  CHECK(test::thrown_by([&] { url_of("x.rpm", "http://cdn.example"); }).kind() == ErrorKind::integrity);
}
