#include "format/layout.hpp"

#include <doctest/doctest.h>

#include <random>

#include "base/error.hpp"
#include "format/tar.hpp"
#include "support/small_bundle.hpp"

using namespace bundle;
using format::LayoutItem;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

LayoutItem item(const std::string& path, std::uint64_t size_bytes) { return {RelPath(path), size_bytes}; }

}  // namespace

TEST_CASE("entries follow each other; one that does not fit begins the next part") {
  const format::Layout layout =
      format::lay_out({item("a", 600'000), item("b", 600'000), item("c", 10)}, kMiB, "x-1-x86_64");
  REQUIRE(layout.parts.size() == 2);
  CHECK(layout.parts[0].name == "x-1-x86_64.000.tar");
  CHECK(layout.at[0] == std::vector<format::Piece>{{.part = 0, .offset = 512, .size_bytes = 600'000}});
  CHECK(layout.at[1] == std::vector<format::Piece>{{.part = 1, .offset = 512, .size_bytes = 600'000}});
  CHECK(layout.at[2][0].part == 1);
  CHECK(layout.parts[0].size_bytes == 512 + format::padded(600'000) + 1024);
}

TEST_CASE("an entry that just fills a part is not split, one byte more is") {
  constexpr std::uint64_t kFull = kMiB - 512 - 1024;
  CHECK(format::lay_out({item("a", kFull)}, kMiB, "x").at[0].size() == 1);
  const format::Layout split = format::lay_out({item("a", kFull + 1)}, kMiB, "x");
  CHECK(split.at[0].size() == 2);
  CHECK(split.at[0][1].size_bytes == 1);
}

TEST_CASE("any list of sizes gives parts within the limit that account for every byte") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    test::SmallBundleOptions options;
    options.part_size_bytes = kMiB + random() % kMiB;
    format::Index index = test::make_index(options, "installer");
    std::vector<LayoutItem> items;
    for (std::size_t i = 0, count = 1 + random() % 20; i < count; ++i) {
      items.push_back(item("f" + std::to_string(i), random() % (1u << (random() % 24))));
    }
    const format::Layout layout = format::lay_out(items, options.part_size_bytes, index.base_name());
    std::uint64_t used = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const bool is_large = items[i].size_bytes > options.part_size_bytes - 2048;
      CHECK((is_large || layout.at[i].size() == 1));
      std::uint64_t sum = 0;
      for (const format::Piece& piece : layout.at[i]) {
        sum += piece.size_bytes;
        used += format::kTarBlock + format::padded(piece.size_bytes);
      }
      CHECK(sum == items[i].size_bytes);
    }
    std::uint64_t all = 0;
    for (const format::Part& part : layout.parts) {
      CHECK(part.size_bytes <= options.part_size_bytes);
      all += part.size_bytes - format::kTarTrailer;
    }
    CHECK(all == used);
  }
}

TEST_CASE("too small parts and too many pieces are refused in words") {
  CHECK_THROWS_AS(format::lay_out({item("a", 1)}, kMiB - 1, "x"), Error);
  CHECK_THROWS_WITH_AS(format::lay_out({item("a", 2000 * kMiB)}, kMiB, "x"),
                       "a (2.0 GiB) would be split into more than 1000 pieces", Error);
  CHECK_THROWS_AS(format::lay_out({item(std::string(120, 'n'), 1)}, kMiB, "x"), Error);
}

TEST_CASE("the parts of a role lie together, what all need comes first") {
  CHECK(format::order_key({}) == format::order_key({"gpu", "master", "worker"}));
  CHECK(format::order_key({}) < format::order_key({"gpu", "master"}));
  CHECK(format::order_key({"gpu", "worker"}) < format::order_key({"gpu"}));
  CHECK(format::order_key({"gpu"}) < format::order_key({"master"}));
}
