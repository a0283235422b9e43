#include "helm/unmatched_rules.hpp"

#include <doctest/doctest.h>

#include "support/thrown.hpp"

using namespace bundle;

TEST_CASE("a rule of versions.yml that names nothing is told with the nearest path") {
  spec::Versions versions = spec::read_versions(
      "bundle: b\nversion: 1.0\ntarget: {os: rhel-9.4}\n"
      "components: {x: {version: 1.0.0, images: {ignore: [{at: {kind: Secret, path: data.config.image}, "
      "because: "
      "b}]}}}\n"
      "images: {rename: [{at: {kind: Thing, path: spec.image}, to: a/b:1, because: b}]}\n",
      "versions.yml");
  const std::vector<helm::FoundImage> found = {
      {.place = "components.x > chart x 1.0.0 > Secret/s data.config.images",
       .rule_path = "data.config.images"},
      {.place = "components.x > chart x 1.0.0 > Other/s data.config.imag", .rule_path = "data.config.imag"}};
  const auto words = helm::unmatched_rules(versions, {"versions.yml:5:19"}, found);
  REQUIRE(words.size() == 1);
  CHECK(words[0] ==
        "versions.yml:4:52: this `ignore` names no place where anything was found: kind Secret, path "
        "data.config.image; did you mean 'data.config.images'?");
  CHECK(helm::unmatched_rules(versions, {}, found).size() == 2);
  CHECK(helm::unmatched_rules(versions, {"versions.yml:5:19", "versions.yml:4:52"}, found).empty());
}
