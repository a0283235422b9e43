#include "build/entry_writer.hpp"

#include <algorithm>

#include "support/build_world.hpp"
#include "support/error_of.hpp"
#include "support/small_bundle.hpp"

using namespace bundle;
using test::error_of;

namespace {

const std::string kUrl = "https://files.example/model";

/// One entry of a bundle of one part, and the upstream that has it.
struct World : test::BuildWorld {
  std::vector<build::PartFile> parts;
  format::Entry entry{.path = RelPath("files/model")};

  explicit World(const std::vector<std::filesystem::path>& reuse = {}) : BuildWorld(reuse) {
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
  std::string written() { return read_file(folder.path() / "part", 1 << 20).substr(512); }
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

TEST_CASE("what an earlier bundle has is taken from there, and fetched whole where that is damaged") {
  const TempDir folder;
  const test::SmallBundle bundle = test::make_bundle(folder.path(), test::default_options(), {});
  const std::string content = test::default_options().contents.at("rpms/signed/vim.rpm");
  const auto entry = std::find_if(
      bundle.index.entries.begin(), bundle.index.entries.end(),
      [](const format::Entry& candidate) { return candidate.path.str() == "rpms/signed/vim.rpm"; });
  const std::filesystem::path part = bundle.folder / bundle.index.parts.at(entry->at.at(0).part).name;
  std::size_t requests = 1;
  SUBCASE("it is right") { requests = 0; }
  SUBCASE("other bytes") {
    pwrite_all(open_file(part, OpenMode::create_or_open).get(), as_bytes("#####"),
               entry->at[0].offset + content.size() - 5, "part");
  }
  SUBCASE("a medium with a bad spot") {
    std::filesystem::remove(part);
    std::filesystem::create_symlink("/proc/self/mem", part);  // reading it there is EIO
  }
  World world({bundle.folder});
  world.http.serve(kUrl, content);
  world.leave(content.substr(0, 3));
  world.fill(content);
  CHECK(world.written() == content);
  REQUIRE(world.http.requests().size() == requests);
  CHECK((requests == 0 || world.http.requests()[0].range_from == 0));
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
