#include "build/region.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace bundle;

namespace {

/// Two parts of 100 bytes and an entry of 30 bytes: 10 at 90 of the first, 20 at 40 of the second.
struct Parts {
  TempDir folder;
  std::vector<build::PartFile> parts;
  format::Entry entry{
      .path = RelPath("x"),
      .size_bytes = 30,
      .at = {{.part = 0, .offset = 90, .size_bytes = 10}, {.part = 1, .offset = 40, .size_bytes = 20}}};
  Parts() {
    for (const char* name : {"a", "b"}) {
      write_file_atomically(folder.path() / name, std::string(100, '.'));
      parts.push_back({.fd = open_file(folder.path() / name, OpenMode::create_or_open), .name = name});
    }
  }
};

}  // namespace

TEST_CASE("an entry's bytes are one stretch over several parts") {
  const Parts made;
  const build::Region region(made.parts, made.entry);
  const std::string text = "abcdefghijklmnopqrstuvwxyzABCD";
  for (std::size_t at = 0; at < text.size(); at += 7) {
    region.write(as_bytes(std::string_view(text).substr(at, 7)), at);
  }
  CHECK(read_file(made.folder.path() / "a", 1000) == std::string(90, '.') + "abcdefghij");
  CHECK(read_file(made.folder.path() / "b", 1000).substr(40, 20) == "klmnopqrstuvwxyzABCD");
  std::vector<std::byte> buffer(12);
  REQUIRE(region.read(buffer, 5));
  CHECK(as_text(buffer) == "fghijklmnopq");
  Hasher hasher;
  REQUIRE(region.hash(hasher, 30));
  CHECK(hasher.finish_hex() == sha256_hex(text));
}

TEST_CASE("nothing is written or read past an entry's end") {
  const Parts made;
  const build::Region region(made.parts, made.entry);
  CHECK_THROWS_AS(region.write(as_bytes("12"), 29), Error);
  std::vector<std::byte> buffer(2);
  CHECK_FALSE(region.read(buffer, 29));
  CHECK(read_file(made.folder.path() / "b", 1000).substr(60) == std::string(40, '.'));
}
