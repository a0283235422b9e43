#include "commands/copy.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "format/verifier.hpp"
#include "support/small_bundle.hpp"
#include "support/test_session.hpp"

using namespace bundle;
using signing::PrivateKey;

namespace {

namespace stdfs = std::filesystem;

struct Fixture {
  TempDir dir;
  PrivateKey key = PrivateKey::generate();
  test::SmallBundle bundle = test::make_bundle(dir.path(), test::default_options(), {key});
  std::string out;
  commands::Session session = test::make_session(out);
  stdfs::path stick = dir.path() / "stick";

  void copy(const stdfs::path& to, const std::string& parts = "") {
    commands::copy(session, {.folder = bundle.folder.string(), .destination = to.string(), .parts = parts});
  }
  bool is_valid(const std::vector<stdfs::path>& folders) const {
    const format::Trust trust{.keys = {{key.public_key(), "x.pub"}}};
    const format::VerifiedIndex verified = verify_index(folders, trust);
    NoProgress progress;
    return check_installer(verified, trust).empty() && verify_payload(verified, folders, progress, 2).empty();
  }
};

ErrorKind kind_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::bug;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a copy is the same folder, and nothing is left of the work") {
  write_new_file(bundle.folder / "notes.txt", "not of the bundle", 0644);
  copy(stick);
  CHECK(is_valid({stick}));
  stdfs::remove(bundle.folder / "notes.txt");
  CHECK(list_folder(stick) == list_folder(bundle.folder));
  CHECK((stdfs::status(stick / "bundle").permissions() & stdfs::perms::owner_exec) != stdfs::perms::none);
}

TEST_CASE_FIXTURE(Fixture, "only what differs is copied again") {
  copy(stick);
  const stdfs::path damaged = stick / bundle.index.parts[1].name;
  const auto whole_time = stdfs::last_write_time(stick / bundle.index.parts[0].name);
  const UniqueFd fd = open_file(damaged, OpenMode::create_or_open);
  pwrite_all(fd.get(), as_bytes("damage"), 600, "damaged");
  CHECK_FALSE(is_valid({stick}));
  copy(stick);
  CHECK(is_valid({stick}));
  CHECK(stdfs::last_write_time(stick / bundle.index.parts[0].name) == whole_time);
}

TEST_CASE_FIXTURE(Fixture, "parts go to several sticks, each with index and installer") {
  const stdfs::path other = dir.path() / "other";
  copy(stick, "0,2");
  copy(other, "1-1,3-" + std::to_string(bundle.index.parts.size() - 1));
  CHECK_FALSE(stdfs::exists(stick / bundle.index.parts[1].name));
  CHECK(stdfs::exists(stick / "bundle.json"));
  CHECK_FALSE(is_valid({stick}));
  CHECK(is_valid({stick, other}));
  CHECK(is_valid({other, stick}));
}

TEST_CASE("ranges") {
  CHECK(commands::parse_range("", 3) == std::set<std::size_t>{0, 1, 2});
  CHECK(commands::parse_range("0-3,5", 6) == std::set<std::size_t>{0, 1, 2, 3, 5});
  CHECK(commands::parse_range("2,2,1-2", 3) == std::set<std::size_t>{1, 2});
  for (const char* bad : {"3", "x", "-", "1-", "-1", "2-1", "0,,1", "0-3", "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(commands::parse_range(bad, 3), Error);
  }
}

TEST_CASE_FIXTURE(Fixture, "what cannot be copied is refused before anything is written") {
  SUBCASE("onto itself") {
    CHECK(kind_of([&] { copy(bundle.folder); }) == ErrorKind::usage);
    CHECK(is_valid({bundle.folder}));
  }
  SUBCASE("a source with a part cut off") {
    stdfs::resize_file(bundle.folder / bundle.index.parts[1].name, 1000);
    CHECK(kind_of([&] { copy(stick); }) == ErrorKind::integrity);
    CHECK(list_folder(stick).empty());
  }
  SUBCASE("a source without one of the parts") {
    stdfs::remove(bundle.folder / bundle.index.parts[1].name);
    CHECK(kind_of([&] { copy(stick); }) == ErrorKind::usage);
    CHECK(list_folder(stick).empty());
  }
}
