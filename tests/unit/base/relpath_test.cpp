#include "base/relpath.hpp"

#include <doctest/doctest.h>

#include "support/thrown.hpp"

using namespace bundle;

TEST_CASE("a relative path stays below the folder it is joined to") {
  CHECK(RelPath("blobs/sha256/ab").str() == "blobs/sha256/ab");
  CHECK((RelPath("a") / "b/c").str() == "a/b/c");
  CHECK(RelPath("...").str() == "...");
  CHECK(RelPath("a/..b/.c").str() == "a/..b/.c");
  CHECK(RelPath("a") < RelPath("b"));
}

TEST_CASE("whatever could leave that folder is refused") {
  for (const char* text : {"", "/", "/etc/passwd", "a//b", "a/", ".", "..", "../a", "a/..", "a/../b", "a/./b",
                           "a b", "a\\b", "a\nb", "ümlaut", "\x7f"}) {
    CAPTURE(text);
    CHECK_FALSE(RelPath::parse(text));
    CHECK(test::thrown_by([&] { RelPath path(text); }).kind() == ErrorKind::integrity);
  }
  CHECK_FALSE(RelPath::parse(std::string_view("a\0b", 3)));
  CHECK_THROWS_AS(RelPath("a") / "../b", Error);
  CHECK_THROWS_AS(RelPath("a") / "/b", Error);
}

TEST_CASE("a path has at most 255 bytes") {
  CHECK(RelPath::parse(std::string(255, 'a')));
  CHECK_FALSE(RelPath::parse(std::string(256, 'a')));
  CHECK_THROWS_AS(RelPath(std::string(200, 'a')) / std::string(55, 'b'), Error);
  CHECK(test::thrown_by([] { RelPath path(std::string(100000, 'a')); }).message().size() < 400);
}
