#include "build/receiver.hpp"

#include <doctest/doctest.h>

#include <random>

#include "base/error.hpp"
#include "base/text.hpp"
#include "support/error_of.hpp"

using namespace bundle;

namespace {

constexpr std::size_t kMiB = 1 << 20;

std::string random_text(std::size_t size) {
  std::minstd_rand random(11);
  std::string text(size, ' ');
  for (char& c : text) {
    c = static_cast<char>(random());
  }
  return text;
}

/// One part with an entry of 20 MiB and a byte at offset 1000, and its journal.
struct Place {
  std::string content = random_text(20 * kMiB + 1);
  TempDir folder;
  std::vector<build::PartFile> parts;
  format::Entry entry{.path = RelPath("x"),
                      .size_bytes = content.size(),
                      .at = {{.part = 0, .offset = 1000, .size_bytes = content.size()}}};
  build::PlannedEntry planned{
      .path = RelPath("x"), .size_bytes = content.size(), .sha256 = sha256_hex(content)};
  std::filesystem::path journal_file = folder.path() / "journal";
  NoProgress progress;

  Place() { parts.push_back({.fd = open_file(folder.path() / "a", OpenMode::create_or_open), .name = "a"}); }
  std::string on_disk() const {
    const std::string part = read_file(folder.path() / "a", 30 * kMiB);
    return part.size() > 1000 ? part.substr(1000) : "";
  }
  /// As its last line says: a journal has one holder.
  std::uint64_t journalled() const {
    const std::string text = read_file(journal_file, kMiB);
    const std::vector<std::string_view> words = split_words(text);
    return words.size() < 4 ? 0 : parse_unsigned(words.back()).value();
  }
};

/// Feeds [begin, end) in pieces of libcurl's size.
void feed(build::Receiver& receiver, const Place& place, std::size_t begin, std::size_t end) {
  constexpr std::size_t kPiece = 16 << 10;
  for (std::size_t at = begin; at < end; at += kPiece) {
    receiver.receive(as_bytes(std::string_view(place.content).substr(at, std::min(kPiece, end - at))), at);
  }
}

}  // namespace

TEST_CASE("what comes in small pieces lies whole in the region") {
  Place place;
  const build::Region region(place.parts, place.entry);
  build::FillJournal journal(place.journal_file, "plan");
  build::Receiver receiver(0, place.planned, region, journal, place.progress);
  feed(receiver, place, 0, place.content.size());
  std::string found;
  CHECK(receiver.is_right(found));
  CHECK(found == place.planned.sha256);
  CHECK(place.on_disk() == place.content);
}

TEST_CASE("the journal never knows of more than the region holds") {
  Place place;
  {
    const build::Region region(place.parts, place.entry);
    build::FillJournal journal(place.journal_file, "plan");
    build::Receiver receiver(0, place.planned, region, journal, place.progress);
    for (std::size_t at = 0; at < place.content.size(); at += kMiB + 4321) {
      feed(receiver, place, at, std::min(at + kMiB + 4321, place.content.size()));
      const std::uint64_t known = place.journalled();
      CHECK(place.on_disk().substr(0, known) == place.content.substr(0, known));
    }
  }  // killed: what was gathered is gone
  const std::uint64_t known = place.journalled();
  CHECK(known >= 16 * kMiB);
  const build::Region region(place.parts, place.entry);
  build::FillJournal journal(place.journal_file, "plan");
  build::Receiver second(0, place.planned, region, journal, place.progress);
  second.take_over(known);
  CHECK(second.position() == known);
  feed(second, place, known, place.content.size());
  std::string found;
  CHECK(second.is_right(found));
  CHECK(place.on_disk() == place.content);
}

TEST_CASE("a server that ignores the range starts over, one that sends another place is refused") {
  Place place;
  const build::Region region(place.parts, place.entry);
  build::FillJournal journal(place.journal_file, "plan");
  build::Receiver receiver(0, place.planned, region, journal, place.progress);
  feed(receiver, place, 0, 3 * kMiB + 5);
  const Error jump = test::error_of([&] { receiver.receive(as_bytes("abc"), 7); });
  CHECK(test::contains(jump.what(), "sent byte 7"));
  feed(receiver, place, 0, place.content.size());
  const Error excess = test::error_of([&] { receiver.receive(as_bytes("a"), place.content.size()); });
  CHECK(test::contains(excess.what(), "more than the locked"));
  std::string found;
  CHECK(receiver.is_right(found));
  CHECK(place.on_disk() == place.content);
}
