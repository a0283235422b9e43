#include "build/plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.hpp"

using namespace bundle;

namespace {

build::PlannedEntry text(const std::string& path, const std::string& content) {
  return {.path = RelPath(path),
          .size_bytes = content.size(),
          .sha256 = sha256_hex(content),
          .source = build::FromMemory{content}};
}

spec::Lock empty_lock() {
  return {.name = "demo",
          .version = "1.0",
          .os = "rhel-9.4",
          .arch = "x86_64",
          .locked_at = "2026-11-21T20:00:00Z",
          .inputs = std::string(64, '0')};
}

build::Plan plan_of(std::vector<build::PlannedEntry> texts) {
  const spec::Lock lock = empty_lock();
  return build::make_plan({.lock = lock,
                           .texts = std::move(texts),
                           .installer = {.sha256 = std::string(64, 'e'), .size_bytes = 5},
                           .part_size_bytes = 1 << 20});
}

}  // namespace

TEST_CASE("a plan does not depend on the order of its inputs") {
  const build::PlannedEntry a = text("charts/a.tgz", "aaa");
  const build::PlannedEntry b = text("charts/b.tgz", "b");
  CHECK(plan_of({a, b}).index_json == plan_of({b, a}).index_json);
}

TEST_CASE("a plan lists what it holds in SHA256SUMS") {
  const build::Plan plan = plan_of({text("charts/a.tgz", "aaa")});
  const auto sums = std::find_if(plan.entries.begin(), plan.entries.end(),
                                 [](const auto& entry) { return entry.path.str() == "SHA256SUMS"; });
  REQUIRE(sums != plan.entries.end());
  const std::string& content = std::get<build::FromMemory>(sums->source).bytes;
  CHECK(content.find(sha256_hex("aaa") + "  charts/a.tgz\n") != std::string::npos);
  CHECK(content.find("oci-layout\n") != std::string::npos);
}

TEST_CASE("of one role the largest entry comes first, and of one size the first by path") {
  const build::Plan plan =
      plan_of({text("charts/a.tgz", "aaa"), text("charts/b.tgz", std::string(5'000, 'b')),
               text("charts/c.tgz", "ccc"), text("charts/d.tgz", std::string(700, 'd'))});
  const auto offset = [&](const char* path) { return plan.index.find_entry(path)->at[0].offset; };
  CHECK(offset("charts/b.tgz") == 512);
  CHECK(offset("charts/b.tgz") < offset("charts/d.tgz"));
  CHECK(offset("charts/d.tgz") < offset("charts/a.tgz"));
  CHECK(offset("charts/a.tgz") < offset("charts/c.tgz"));
}

TEST_CASE("a sealed index has the parts' digests, and nothing else changes") {
  const build::Plan plan = plan_of({text("charts/a.tgz", std::string(3 << 20, 'a'))});
  std::vector<std::string> digests;
  for (std::size_t i = 0; i < plan.index.parts.size(); ++i) {
    digests.push_back(sha256_hex(std::to_string(i)));
  }
  const build::SealedIndex sealed = build::seal_index(plan, digests);
  CHECK(sealed.sha256 == sha256_hex(sealed.json));
  format::Index index = format::parse_index(sealed.json, "bundle.json");
  for (std::size_t i = 0; i < digests.size(); ++i) {
    CHECK(index.parts[i].sha256 == digests[i]);
    index.parts[i].sha256.clear();
  }
  CHECK(to_canonical_json(index) == plan.index_json);
}

TEST_CASE("its index is one that the isolated side accepts") {
  const build::Plan plan =
      plan_of({text("charts/a.tgz", "aaa"), text("bin/helm", std::string(3 << 20, 'x'))});
  const format::Index parsed = format::parse_index(plan.index_json, "bundle.json");
  CHECK(parsed.created == "2026-11-21T20:00:00Z");
  CHECK(parsed.parts.size() > 3);
  REQUIRE(parsed.find_entry("bin/helm") != nullptr);
  CHECK(parsed.find_entry("bin/helm")->at.size() > 3);
}

TEST_CASE("no query of a URL goes into the bundle, and no credential at all") {
  spec::Lock lock = empty_lock();
  const std::string sha256(64, 'a');
  lock.files = {{.path = "m.gguf", .url = "https://host/m.gguf?download=true", .sha256 = sha256}};
  lock.manifests = {{.component = "demo",
                     .text = {.path = "manifests/demo/a.yaml", .source = "https://host/a.yaml?ref=v1"}}};
  const auto index_of = [&] {
    return build::make_plan({.lock = lock,
                             .installer = {.sha256 = std::string(64, 'e'), .size_bytes = 5},
                             .part_size_bytes = 1 << 20})
        .index;
  };
  CHECK(index_of().files.at(0).url == "https://host/m.gguf");
  CHECK(index_of().manifests.at(0).source == "https://host/a.yaml");
  lock.files.at(0).url = "https://me:s3cret@host/m.gguf";
  CHECK_THROWS_AS(index_of(), Error);
}

TEST_CASE("two contents for one path are refused, one content twice is not") {
  CHECK_THROWS_AS(plan_of({text("charts/a.tgz", "1"), text("charts/a.tgz", "2")}), Error);
  CHECK_NOTHROW(plan_of({text("charts/a.tgz", "1"), text("charts/a.tgz", "1")}));
}
