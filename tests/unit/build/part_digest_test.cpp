#include "build/part_digest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <thread>

#include "base/fs.hpp"
#include "build/region.hpp"
#include "format/tar.hpp"
#include "support/small_bundle.hpp"

using namespace bundle;

namespace {

/// The parts of a small bundle as a build finds them: with their frames, and no data yet.
struct Fixture {
  TempDir dir;
  test::SmallBundleOptions options = test::default_options();
  test::SmallBundle bundle = test::make_bundle(dir.path(), options, {});
  std::vector<build::PartFile> parts;
  std::vector<std::unique_ptr<build::PartDigest>> digests;

  Fixture() {
    for (std::uint64_t i = 0; i < bundle.index.parts.size(); ++i) {
      const std::filesystem::path file = bundle.folder / bundle.index.parts[i].name;
      parts.push_back({.fd = open_file(file, OpenMode::create_or_open), .name = file.string()});
      digests.push_back(
          std::make_unique<build::PartDigest>(bundle.index, i, parts[i].fd.get(), file.string()));
      parts[i].digest = digests[i].get();
    }
    for (const format::Entry& entry : bundle.index.entries) {
      for (const format::Piece& piece : entry.at) {
        pwrite_all(parts[piece.part].fd.get(), as_bytes(std::string(piece.size_bytes, '#')), piece.offset,
                   "");
      }
    }
  }
  std::string content(const format::Entry& entry) const {
    const auto it = options.contents.find(entry.path.str());
    return it == options.contents.end() ? format::sums_text(bundle.index.entries) : it->second;
  }
  void write(const format::Entry& entry, const std::string& content, std::size_t step) {
    const build::Region region(parts, entry);
    for (std::size_t at = 0; at < content.size(); at += step) {
      region.write(as_bytes(std::string_view(content).substr(at, step)), at);
    }
  }
  void check_digests() {
    for (std::size_t i = 0; i < digests.size(); ++i) {
      CHECK(digests[i]->finish() == bundle.index.parts[i].sha256);
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a part's digest is that of its bytes, in whatever order its entries come") {
  std::vector<const format::Entry*> order;
  for (const format::Entry& entry : bundle.index.entries) {
    order.push_back(&entry);
  }
  SUBCASE("forwards") {}
  SUBCASE("backwards") { std::ranges::reverse(order); }
  SUBCASE("at random") { std::ranges::shuffle(order, std::mt19937(7)); }
  for (const format::Entry* entry : order) {
    write(*entry, content(*entry), 100'000);
    for (const format::Piece& piece : entry->at) {
      digests[piece.part]->catch_up();
    }
  }
  check_digests();
}

TEST_CASE_FIXTURE(Fixture, "an entry that begins anew is hashed as it is in the end") {
  for (const format::Entry& entry : bundle.index.entries) {
    write(entry, std::string(content(entry).size(), '!'), 70'000);
  }
  for (const auto& digest : digests) {
    digest->catch_up();
  }
  for (const format::Entry& entry : bundle.index.entries) {
    write(entry, content(entry), 90'000);
  }
  check_digests();
}

TEST_CASE_FIXTURE(Fixture, "what lay there already counts once it is read") {
  for (const format::Entry& entry : bundle.index.entries) {
    const std::string bytes = content(entry);
    const std::size_t half = bytes.size() / 2;
    std::uint64_t at = 0;
    for (const format::Piece& piece : entry.at) {  // as an earlier run left it, past any digest
      pwrite_all(parts[piece.part].fd.get(), as_bytes(bytes.substr(at, piece.size_bytes)), piece.offset, "");
      at += piece.size_bytes;
    }
    const build::Region region(parts, entry);
    Hasher hasher;
    REQUIRE(region.hash(hasher, half));
    region.write(as_bytes(std::string_view(bytes).substr(half)), half);
  }
  check_digests();
}

TEST_CASE_FIXTURE(Fixture, "bytes that follow each other are not read again") {
  // Nothing can be read from here: the digests have only what passes.
  const UniqueFd nothing = open_file("/dev/null", OpenMode::read);
  for (std::uint64_t i = 0; i < parts.size(); ++i) {
    digests[i] = std::make_unique<build::PartDigest>(bundle.index, i, nothing.get(), "nothing");
    parts[i].digest = digests[i].get();
  }
  std::vector<const format::Entry*> order;
  for (const format::Entry& entry : bundle.index.entries) {
    order.push_back(&entry);
  }
  std::ranges::sort(order, {}, [](const format::Entry* entry) {
    return std::pair(entry->at[0].part, entry->at[0].offset);
  });
  for (const format::Entry* entry : order) {
    write(*entry, content(*entry), 100'000);
    for (const format::Piece& piece : entry->at) {
      digests[piece.part]->catch_up();
    }
  }
  check_digests();
}

TEST_CASE_FIXTURE(Fixture, "several threads write, begin anew and catch up at once") {
  for (int round = 0; round < 20; ++round) {
    std::vector<std::thread> threads;
    for (const format::Entry& entry : bundle.index.entries) {
      threads.emplace_back([&] {
        const std::string bytes = content(entry);
        write(entry, bytes.substr(0, bytes.size() / 2), 33'000);
        write(entry, bytes, 20'000);
        for (const format::Piece& piece : entry.at) {
          digests[piece.part]->catch_up();
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    check_digests();
    for (std::uint64_t i = 0; i < parts.size(); ++i) {
      digests[i] = std::make_unique<build::PartDigest>(bundle.index, i, parts[i].fd.get(), parts[i].name);
      parts[i].digest = digests[i].get();
    }
  }
}
