#include "base/toml.hpp"

#include <doctest/doctest.h>

#include "support/thrown.hpp"

namespace bundle {

TEST_CASE("scalars come first, tables after them under their whole name") {
  const json::Object root{
      {"version", 2},
      {"plugins",
       json::Object{{"io.x.y",
                     json::Object{{"enabled", true}, {"inner", json::Object{{"list", json::Array{"a", 1}}}}}},
                    {"empty", json::Object{}}}},
      {"root", "/data"}};
  CHECK(toml::document(root) == R"(root = "/data"
version = 2

[plugins.empty]

[plugins."io.x.y"]
enabled = true

[plugins."io.x.y".inner]
list = ["a", 1]
)");
}

TEST_CASE("a text cannot leave its quotes") {
  CHECK(toml::document({{"k", "a\"\nb\\\x7f = 1"}}) == "k = \"a\\\"\\u000ab\\\\\\u007f = 1\"\n");
  CHECK(toml::document({{"a\"b", 1}}) == "\"a\\\"b\" = 1\n");
  CHECK(toml::document({{"", 1}}) == "\"\" = 1\n");
}

TEST_CASE("what TOML has no word for is a bug") {
  CHECK(test::thrown_by([] { toml::document({{"k", nullptr}}); }).kind() == ErrorKind::bug);
  CHECK(test::thrown_by([] { toml::document({{"k", 1.5}}); }).kind() == ErrorKind::bug);
}

}  // namespace bundle
