#include "base/fs.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <vector>

#include "support/thrown.hpp"

using namespace bundle;

TEST_CASE("a file is replaced as a whole and leaves nothing beside it") {
  const TempDir dir;
  const std::filesystem::path file = dir.path() / "f";
  write_file_atomically(file, "one");
  write_file_atomically(file, "two", 0600);
  CHECK(read_file(file, 3) == "two");
  CHECK(bundle::file_size(file) == 3);
  CHECK(list_folder(dir.path()) == std::vector<std::string>{"f"});
  struct stat status{};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a write that fails keeps the old content and removes its temporary file") {
  const TempDir dir;
  std::filesystem::create_directories(dir.path() / "taken/full");
  const Error error = test::thrown_by([&] { write_file_atomically(dir.path() / "taken", "x"); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(test::holds(error.message(), "cannot rename to"));
  CHECK(list_folder(dir.path()) == std::vector<std::string>{"taken"});
  CHECK_THROWS_AS(write_file_atomically(dir.path() / "absent/f", "x"), Error);
}

TEST_CASE("a full disk is no_space") {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  CHECK(test::thrown_by([&] { pwrite_all(full.get(), as_bytes("x"), 0, "/dev/full"); }).kind() ==
        ErrorKind::no_space);
}

TEST_CASE("no more is read than the cap allows") {
  const TempDir dir;
  write_file_atomically(dir.path() / "f", std::string(100'000, 'x'));
  CHECK(read_file(dir.path() / "f", 100'000).size() == 100'000);
  CHECK(test::thrown_by([&] { read_file(dir.path() / "f", 99'999); }).kind() == ErrorKind::integrity);
  CHECK(test::thrown_by([] { read_file("/dev/zero", 1000); }).kind() == ErrorKind::integrity);
  CHECK(test::thrown_by([&] { read_file(dir.path(), 10); }).kind() == ErrorKind::usage);
  CHECK(test::thrown_by([&] { read_file(dir.path() / "absent", 10); }).kind() == ErrorKind::usage);
}

TEST_CASE("a file is passed on in pieces that fit, up to the size that was asked for") {
  const TempDir dir;
  write_file_atomically(dir.path() / "f", "hello world");
  std::array<std::byte, 4> buffer{};
  std::vector<std::string> pieces;
  const auto sink = [&](Bytes bytes) { pieces.emplace_back(as_text(bytes)); };
  CHECK(stream_file(dir.path() / "f", 11, buffer, sink));
  CHECK(pieces == std::vector<std::string>{"hell", "o wo", "rld"});
  pieces.clear();
  CHECK(stream_file(dir.path() / "f", 5, buffer, sink));
  CHECK(pieces == std::vector<std::string>{"hell", "o"});
  CHECK(stream_file(dir.path() / "f", 0, buffer, sink));
  CHECK_FALSE(stream_file(dir.path() / "f", 12, buffer, sink));
}

TEST_CASE("bytes are read and written where they belong") {
  const TempDir dir;
  const UniqueFd fd = open_file(dir.path() / "f", OpenMode::create_new);
  pwrite_all(fd.get(), as_bytes("world"), 6, "f");
  pwrite_all(fd.get(), as_bytes("hello "), 0, "f");
  fsync_file(fd.get(), "f");
  std::array<std::byte, 5> buffer{};
  CHECK(pread_all(fd.get(), buffer, 6, "f"));
  CHECK(as_text(buffer) == "world");
  CHECK_FALSE(pread_all(fd.get(), buffer, 7, "f"));
  CHECK_THROWS_AS(open_file(dir.path() / "f", OpenMode::create_new), Error);
  CHECK_NOTHROW(open_file(dir.path() / "f", OpenMode::create_or_open));
  CHECK(bundle::file_size(dir.path() / "f") == 11);
}

TEST_CASE("a descriptor has one owner") {
  UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = fd.get();
  UniqueFd other = std::move(fd);
  CHECK(other.get() == number);
  other = UniqueFd();
  CHECK(::fcntl(number, F_GETFD) == -1);
}

TEST_CASE("a temporary folder goes with all its content") {
  std::filesystem::path path;
  {
    TempDir dir;
    path = dir.path();
    make_folders(path / "a/b");
    make_folders(path / "a/b");
    write_file_atomically(path / "a/b/f", "x");
    const TempDir moved = std::move(dir);
    CHECK(moved.path() == path);
    const TempDir below(path);
    CHECK(below.path().parent_path() == path);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a TMPDIR that is not there is said in words") {
  const char* before = std::getenv("TMPDIR");
  const std::optional<std::string> kept =
      before == nullptr ? std::nullopt : std::optional<std::string>(before);
  ::setenv("TMPDIR", "/nowhere/at/all", 1);
  const Error error = test::thrown_by([] { const TempDir dir; });
  if (kept) {
    ::setenv("TMPDIR", kept->c_str(), 1);
  } else {
    ::unsetenv("TMPDIR");
  }
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(test::holds(error.message(), "TMPDIR"));
}

TEST_CASE("folders are listed in order, and faults name them") {
  const TempDir dir;
  for (const char* name : {"b", "a", "c"}) {
    write_file_atomically(dir.path() / name, "");
  }
  CHECK(list_folder(dir.path()) == std::vector<std::string>{"a", "b", "c"});
  CHECK(test::holds(test::thrown_by([&] { list_folder(dir.path() / "x"); }).message(), "cannot list"));
  CHECK_THROWS_AS(make_folders(dir.path() / "a"), Error);
  CHECK_THROWS_AS(make_folders(dir.path() / "a/below"), Error);
  CHECK_THROWS_AS(bundle::file_size(dir.path() / "x"), Error);
  CHECK(free_space_bytes(dir.path()) > 0);
  CHECK_THROWS_AS(free_space_bytes(dir.path() / "x"), Error);
}
