#include "commands/copy.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/partial_file.hpp"
#include "format/verifier.hpp"
#include "media/source.hpp"
#include "support/small_bundle.hpp"
#include "support/small_disk.hpp"
#include "support/test_session.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using signing::PrivateKey;
using test::holds;

namespace {

namespace stdfs = std::filesystem;

test::SmallBundleOptions options_of(bool has_part_digests) {
  test::SmallBundleOptions options = test::default_options();
  options.has_part_digests = has_part_digests;
  return options;
}

struct Fixture {
  TempDir dir;
  PrivateKey key = PrivateKey::generate();
  test::SmallBundle bundle;
  std::string out;
  commands::Session session = test::make_session(out);
  stdfs::path stick = dir.path() / "stick";
  commands::TrustOptions trust{.keys = {(dir.path() / "x.pub").string()}, .root = dir.path().string()};

  explicit Fixture(bool has_part_digests = true)
      : bundle(test::make_bundle(dir.path(), options_of(has_part_digests), {key})) {
    write_new_file(trust.keys[0], key.public_key().pem(), 0644);
  }

  void copy(const stdfs::path& to, const std::string& parts = "") {
    commands::copy(
        session,
        {.folder = bundle.folder.string(), .destination = to.string(), .parts = parts, .trust = trust});
  }
  Error error_of_copy(const std::string& parts = "") {
    return test::thrown_by([&] { copy(stick, parts); });
  }
  bool is_valid(const std::vector<stdfs::path>& folders) const {
    const format::Trust trusted{.keys = {{key.public_key(), "x.pub"}}};
    const format::VerifiedIndex verified = verify_index(folders, trusted);
    NoProgress progress;
    return check_installer(verified, trusted).empty() &&
           verify_payload(verified, folders, progress, 2).empty();
  }
  const format::Entry& entry(const std::string& path) const { return *bundle.index.find_entry(path); }
  stdfs::path part(std::uint64_t number) const { return bundle.folder / bundle.index.parts.at(number).name; }
  std::string partial(std::uint64_t number) const {
    return "." + bundle.index.parts.at(number).name + ".bundle-partial";
  }
  bool has_index() const { return stdfs::exists(stick / "bundle.json"); }
};

/// A bundle from before the index had the parts' digests.
struct OldFixture : Fixture {
  OldFixture() : Fixture(false) {}
};

void damage(const stdfs::path& file, std::uint64_t offset) {
  const UniqueFd fd = open_file(file, OpenMode::create_or_open);
  pwrite_all(fd.get(), as_bytes("damage"), offset, file.string());
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
  const auto whole_time = stdfs::last_write_time(stick / bundle.index.parts[0].name);
  damage(stick / bundle.index.parts[1].name, 600);
  CHECK_FALSE(is_valid({stick}));
  copy(stick);
  CHECK(is_valid({stick}));
  CHECK(stdfs::last_write_time(stick / bundle.index.parts[0].name) == whole_time);
}

TEST_CASE_FIXTURE(Fixture, "what the media has right is not read again from the source") {
  copy(stick);
  damage(part(0), 600);
  copy(stick);
  CHECK(is_valid({stick}));
}

TEST_CASE_FIXTURE(Fixture, "parts go to several sticks, each with index and installer") {
  const stdfs::path other = dir.path() / "other";
  copy(stick, "0,2");
  copy(other, "1-1,3-" + std::to_string(bundle.index.parts.size() - 1));
  CHECK_FALSE(stdfs::exists(stick / bundle.index.parts[1].name));
  CHECK(has_index());
  CHECK_FALSE(is_valid({stick}));
  CHECK(is_valid({stick, other}));
  CHECK(is_valid({other, stick}));
}

TEST_CASE("ranges") {
  CHECK(media::parse_range("", 3) == std::set<std::size_t>{0, 1, 2});
  CHECK(media::parse_range("0-3,5", 6) == std::set<std::size_t>{0, 1, 2, 3, 5});
  CHECK(media::parse_range("2,2,1-2", 3) == std::set<std::size_t>{1, 2});
  for (const char* bad : {"3", "x", "-", "1-", "-1", "2-1", "0,,1", "0-3", "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(media::parse_range(bad, 3), Error);
  }
}

TEST_CASE_FIXTURE(Fixture, "what cannot be copied is refused before anything is written") {
  SUBCASE("onto itself") {
    CHECK(test::thrown_by([&] { copy(bundle.folder); }).kind() == ErrorKind::usage);
    CHECK(is_valid({bundle.folder}));
  }
  SUBCASE("a source with a part cut off") {
    stdfs::resize_file(part(1), 1000);
    CHECK(error_of_copy().kind() == ErrorKind::integrity);
  }
  SUBCASE("a source without one of the parts") {
    stdfs::remove(part(1));
    CHECK(error_of_copy().kind() == ErrorKind::usage);
  }
  SUBCASE("a pipe in place of a part, which nobody opens") {
    stdfs::remove(part(1));
    REQUIRE(::mkfifo(part(1).c_str(), 0644) == 0);
    const Error error = error_of_copy();
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(holds(error.message(), part(1).string()));
  }
  SUBCASE("a signature that is as large as a part") {
    write_new_file(bundle.folder / "bundle.0123456789abcdef.sig", std::string(1 << 20, 'x'), 0644);
    CHECK(error_of_copy().kind() == ErrorKind::integrity);
  }
  CHECK_FALSE(stdfs::exists(stick));
}

TEST_CASE_FIXTURE(Fixture, "an index that nobody vouches for is not copied") {
  SUBCASE("no key at all: the three ways are said") {
    trust.keys.clear();
    CHECK(holds(error_of_copy().hint(), "--expect"));
  }
  SUBCASE("another key") {
    write_file_atomically(trust.keys[0], PrivateKey::generate().public_key().pem());
    CHECK(error_of_copy().kind() == ErrorKind::integrity);
  }
  SUBCASE("an index that was changed") {
    damage(bundle.folder / "bundle.json", 20);
    CHECK(error_of_copy().kind() == ErrorKind::integrity);
  }
  SUBCASE("an installer that was changed") {
    damage(bundle.folder / "bundle", 20);
    const Error error = error_of_copy();
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(holds(error.message(), "installer"));
  }
  CHECK_FALSE(stdfs::exists(stick));
}

TEST_CASE_FIXTURE(Fixture, "the digest on paper vouches as well") {
  trust.keys.clear();
  trust.expect = sha256_hex(read_file(bundle.folder / "bundle.json", 1 << 20));
  copy(stick);
  CHECK(is_valid({stick}));
}

TEST_CASE_FIXTURE(Fixture, "what is bad in the source is named, and no bundle comes of it") {
  const format::Entry& whole = entry("rpms/signed/vim.rpm");
  const format::Entry& split = entry("files/model.gguf");
  REQUIRE(split.at.size() > 2);
  const format::Entry* bad = &whole;
  std::uint64_t number = whole.at[0].part;
  SUBCASE("data") { damage(part(number), whole.at[0].offset + 100); }
  SUBCASE("a header") { damage(part(number), whole.at[0].offset - 500); }
  SUBCASE("padding") { damage(part(number), whole.at[0].offset + whole.size_bytes + 3); }
  SUBCASE("a piece of a split entry") {
    bad = &split;
    number = split.at[1].part;
    damage(part(number), split.at[1].offset + 100);
  }
  const Error error = error_of_copy();
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(holds(error.message(), bad->path.str()));
  CHECK(holds(error.position().file, bundle.folder.string()));
  CHECK_FALSE(has_index());
  for (const std::string& name : list_folder(stick)) {
    CHECK_FALSE(holds(name, "bundle-partial"));
  }
}

TEST_CASE_FIXTURE(Fixture, "a piece is found to be bad although the entry's other parts are not copied") {
  const format::Piece& piece = entry("files/model.gguf").at[1];
  damage(part(piece.part), piece.offset + 100);
  CHECK(holds(error_of_copy(std::to_string(piece.part)).message(), "files/model.gguf"));
}

TEST_CASE_FIXTURE(OldFixture,
                  "a bundle without digests of its parts is copied, and compared, by its entries") {
  const format::Piece& piece = entry("files/model.gguf").at[1];
  const stdfs::path there = stick / bundle.index.parts[piece.part].name;
  SUBCASE("in one go, again, and with a damage on the media") {
    copy(stick);
    CHECK(is_valid({stick}));
    const auto time = stdfs::last_write_time(there);
    copy(stick);
    CHECK(stdfs::last_write_time(there) == time);
    damage(there, piece.offset + 100);
    copy(stick);
    CHECK(is_valid({stick}));
  }
  SUBCASE("a split entry whose parts go to two media is not called checked, and not taken for right") {
    copy(stick, std::to_string(piece.part));
    const auto time = stdfs::last_write_time(there);
    copy(stick, std::to_string(piece.part));
    CHECK(stdfs::last_write_time(there) != time);
  }
  SUBCASE("a damage in the source") {
    damage(part(piece.part), piece.offset + 100);
    CHECK(holds(error_of_copy().message(), "files/model.gguf"));
    CHECK_FALSE(has_index());
  }
}

TEST_CASE_FIXTURE(Fixture, "the end of a part that is not zero") {
  damage(part(0), bundle.index.parts[0].size_bytes - 100);
  const Error error = error_of_copy();
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(holds(error.position().file, part(0).string()));
}

TEST_CASE_FIXTURE(Fixture, "a damage that source and media share is found") {
  copy(stick);
  const std::uint64_t offset = entry("rpms/signed/vim.rpm").at[0].offset;
  const std::uint64_t number = entry("rpms/signed/vim.rpm").at[0].part;
  damage(part(number), offset);
  damage(stick / bundle.index.parts[number].name, offset);
  CHECK(holds(error_of_copy().message(), "rpms/signed/vim.rpm"));
}

TEST_CASE_FIXTURE(Fixture, "a split entry that is wrong on the media is copied again in all its parts") {
  copy(stick);
  const format::Piece& piece = entry("files/model.gguf").at[1];
  damage(stick / bundle.index.parts[piece.part].name, piece.offset + 100);
  copy(stick);
  CHECK(is_valid({stick}));
}

TEST_CASE_FIXTURE(Fixture, "a copy that was cut off leaves nothing that takes room") {
  make_folders(stick);
  write_new_file(stick / partial(2), "of another range of parts", 0644);
  write_new_file(stick / ".bundle.bundle-partial", "half an installer", 0644);
  copy(stick, "0");
  CHECK(list_folder(stick).front() == "bundle");
}

TEST_CASE_FIXTURE(Fixture, "what another copy is writing just now stays") {
  PartialFile other(stick / bundle.index.parts[2].name);
  other.write(as_bytes("half"));
  copy(stick, "0");
  CHECK(stdfs::exists(stick / partial(2)));
}

TEST_CASE_FIXTURE(Fixture, "leftovers do not count as taken, what others keep there does") {
  std::uint64_t needed = 0;
  for (const std::string& name : list_folder(bundle.folder)) {
    needed += bundle::file_size(bundle.folder / name) / 4096 * 4096 + 4096;
  }
  const auto copy_beside = [&](const std::string& name) {
    return test::on_small_disk(stick, needed + (64 << 10), [&] {
      write_new_file(stick / name, std::string(1 << 20, 'x'), 0644);
      try {
        copy(stick);
        return is_valid({stick}) ? 0 : 1;
      } catch (const Error& error) {
        return static_cast<int>(error.kind());
      }
    });
  };
  if (const int code = copy_beside(partial(1)); code != test::kNoMounts) {
    CHECK(code == 0);
    CHECK(copy_beside("notes.txt") == static_cast<int>(ErrorKind::no_space));
  }
}

TEST_CASE_FIXTURE(Fixture, "a pipe or a link on the media is neither opened nor written through") {
  make_folders(stick);
  const stdfs::path there = stick / bundle.index.parts[0].name;
  SUBCASE("a pipe") { REQUIRE(::mkfifo(there.c_str(), 0644) == 0); }
  SUBCASE("a link") { stdfs::create_symlink("/dev/zero", there); }
  const Error error = error_of_copy();
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(holds(error.message(), there.string()));
}
