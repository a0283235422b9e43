#include "deliver/image_names.hpp"
#include "format/index.hpp"

#include <doctest/doctest.h>

namespace bundle::deliver {
namespace {

std::string digest(char digit) { return "sha256:" + std::string(64, digit); }

std::vector<std::string> names_of(const std::vector<format::Image>& images, const spec::Roles& roles) {
  format::Index index;
  index.images = images;
  std::vector<std::string> lines;
  for (const ImageName& name : image_names(index, roles)) {
    lines.push_back(name.name + " " + name.digest.substr(7, 1));
  }
  return lines;
}

TEST_CASE("an image is known by tag and by digest, whichever of them the reference has") {
  CHECK(names_of({{.ref = "r.io/a:1", .digest = digest('a')}}, {"master"}) ==
        std::vector<std::string>{"r.io/a:1 a", "r.io/a@" + digest('a') + " a"});
  CHECK(names_of({{.ref = "r.io/a@" + digest('a'), .digest = digest('a')}}, {"master"}) ==
        std::vector<std::string>{"r.io/a@" + digest('a') + " a"});
  CHECK(names_of({{.ref = "r.io/a:1@" + digest('a'), .digest = digest('a')}}, {"master"}) ==
        std::vector<std::string>{"r.io/a:1 a", "r.io/a@" + digest('a') + " a"});
}

TEST_CASE("a reference with the very tag counts before one that has a digest as well") {
  const std::vector<std::string> names = names_of(
      {{.ref = "r.io/a:1@" + digest('a'), .digest = digest('a')}, {.ref = "r.io/a:1", .digest = digest('b')}},
      {"master"});
  REQUIRE(names.size() == 3);
  CHECK(names[0] == "r.io/a:1 b");
}

TEST_CASE("images of other roles are left out, those without roles are for all") {
  CHECK(names_of({{.ref = "r.io/a:1", .digest = digest('a'), .roles = {"gpu"}},
                  {.ref = "r.io/b@" + digest('b'), .digest = digest('b')}},
                 {"master", "worker"}) == std::vector<std::string>{"r.io/b@" + digest('b') + " b"});
}

}  // namespace
}  // namespace bundle::deliver
