#include "build/entry_writer.hpp"

#include "support/error_of.hpp"
#include "support/fake_http.hpp"
#include "support/fake_runner.hpp"

using namespace bundle;
using test::error_of;

namespace {

const std::string kUrl = "https://files.example/model";

/// One entry of a bundle of one part, and the upstream that has it.
struct World {
  TempDir folder;
  test::FakeHttp http;
  test::FakeRunner runner;
  NoProgress progress;
  Log log{LogLevel::quiet, false};
  spec::Mirrors mirrors;
  store::Cache cache{folder.path() / "cache"};
  store::Fetcher fetcher{http, mirrors, cache};
  oci::Registry registry{http, mirrors, {}};
  build::World world{.http = http,
                     .fetcher = fetcher,
                     .registry = registry,
                     .runner = runner,
                     .progress = progress,
                     .log = log,
                     .work = folder.path() / "work"};
  build::ReuseIndex earlier{{}, log};
  std::vector<build::PartFile> parts;
  format::Entry entry{.path = RelPath("files/model")};

  World() {
    parts.push_back({.fd = open_file(folder.path() / "part", OpenMode::create_or_open), .name = "part"});
  }

  /// Fills the entry as a new run does, from what the journal says.
  void fill(const std::string& content) {
    entry.size_bytes = content.size();
    entry.at = {{.part = 0, .offset = 512, .size_bytes = content.size()}};
    build::FillJournal journal(folder.path() / ".journal", "plan");
    build::EntryWriter(world, journal, earlier)
        .write(0,
               {.path = entry.path,
                .size_bytes = content.size(),
                .sha256 = sha256_hex(content),
                .source = build::FromUrl{kUrl}},
               build::Region(parts, entry));
  }
  void leave(const std::string& bytes) {
    pwrite_all(parts[0].fd.get(), as_bytes(bytes), 512, "part");
    build::FillJournal(folder.path() / ".journal", "plan").record(0, bytes.size());
  }
  std::string written() { return read_file(folder.path() / "part", 100).substr(512); }
};

}  // namespace

TEST_CASE("an entry is continued from where the journal says, and not asked for when it is whole") {
  World world;
  world.http.serve(kUrl, "content");
  world.leave("con");
  world.fill("content");
  CHECK(world.http.requests().at(0).range_from == 3);
  world.fill("content");
  CHECK(world.http.requests().size() == 1);
}

TEST_CASE("what lies there and is spoilt is fetched anew") {
  World world;
  world.http.serve(kUrl, "content");
  for (const std::string spoilt : {"can", "cantent"}) {
    world.leave(spoilt);
    world.fill("content");
    CHECK(world.http.requests().back().range_from == 0);
  }
}

TEST_CASE("an empty entry is asked for nowhere") {
  World world;
  world.fill("");
  CHECK(world.http.requests().empty());
}

TEST_CASE("an entry that fails ends the transfers of the others") {
  World world;
  const std::string other_url = "https://files.example/other";
  world.http.serve(other_url, "other");
  world.entry.size_bytes = 5;
  world.entry.at = {{.part = 0, .offset = 512, .size_bytes = 5}};
  build::FillJournal journal(world.folder.path() / ".journal", "plan");
  build::EntryWriter writer(world.world, journal, world.earlier);
  const auto write = [&](const std::string& url) {
    writer.write(0,
                 {.path = world.entry.path,
                  .size_bytes = 5,
                  .sha256 = sha256_hex("other"),
                  .source = build::FromUrl{url}},
                 build::Region(world.parts, world.entry));
  };
  CHECK(error_of([&] { write(kUrl); }).kind() == ErrorKind::network);
  CHECK(error_of([&] { write(other_url); }).kind() == ErrorKind::interrupted);
}

TEST_CASE("other bytes are an integrity error, and what is gone is one of the network") {
  World world;
  CHECK(error_of([&] { world.fill("content"); }).kind() == ErrorKind::network);
  world.http.serve(kUrl, "cantent");
  CHECK(error_of([&] { world.fill("content"); }).kind() == ErrorKind::integrity);
}
