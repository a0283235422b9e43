#include "build/rpm_repositories.hpp"

#include <doctest/doctest.h>

using namespace bundle;

TEST_CASE("a package keeps its upstream's file name, unless it lies above the repository") {
  const spec::LockedRepository repository{.id = "r", .url = "https://p.example/el/9"};
  const auto path = [&](const std::string& url) {
    return build::package_path({.nevra = "field-1:2.0-1.noarch", .repository = "r", .url = url}, repository)
        .str();
  };
  CHECK(path("https://p.example/el/9/f/field-2.0-1.noarch.rpm") == "rpms/signed/r/field-2.0-1.noarch.rpm");
  CHECK(path("https://p.example/el/9/f/0abc-field.rpm") == "rpms/signed/r/0abc-field.rpm");
  CHECK(path("https://p.example/el/pool/0abc-field.rpm") == "rpms/signed/r/field-2.0-1.noarch.rpm");
  CHECK(path("https://p.example/el/9/get?name=field") == "rpms/signed/r/field-2.0-1.noarch.rpm");
}
