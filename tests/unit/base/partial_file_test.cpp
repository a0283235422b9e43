#include "base/partial_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "support/thrown.hpp"

namespace bundle {
namespace {

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("a file has its name only once it is committed, with its mode and its folders") {
  const TempDir folder;
  const std::filesystem::path path = folder.path() / "a/b/file";
  {
    PartialFile file(path);
    file.write(as_bytes("one "));
    file.write(as_bytes("two"));
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK(read_file(file.sync(), 100) == "one two");
    CHECK_FALSE(std::filesystem::exists(path));
    file.commit(0640);
  }
  CHECK(read_file(path, 100) == "one two");
  CHECK(mode_of(path) == 0640);
  CHECK(list_folder(path.parent_path()) == std::vector<std::string>{"file"});
}

TEST_CASE("what is not committed is gone, and what was there before stays") {
  const TempDir folder;
  const std::filesystem::path path = folder.path() / "file";
  write_file_atomically(path, "before");
  {
    PartialFile(path).write(as_bytes("half"));
  }
  CHECK(read_file(path, 100) == "before");
  CHECK(list_folder(folder.path()) == std::vector<std::string>{"file"});
}

TEST_CASE("a leftover of a power cut, or a link in its place, is replaced and not written through") {
  const TempDir folder;
  const std::filesystem::path path = folder.path() / "file";
  write_file_atomically(folder.path() / "victim", "victim");
  std::filesystem::create_symlink("victim", folder.path() / ".file.bundle-partial");
  PartialFile file(path, 0600);
  file.write(as_bytes("new"));
  file.commit();
  CHECK(read_file(path, 100) == "new");
  CHECK(mode_of(path) == 0600);
  CHECK(read_file(folder.path() / "victim", 100) == "victim");
}

TEST_CASE("what a killed writer left can be removed, what is being written cannot") {
  const TempDir folder;
  const std::filesystem::path path = folder.path() / "file";
  write_file_atomically(folder.path() / ".file.bundle-partial", "half");
  remove_leftover_of(path);
  CHECK(list_folder(folder.path()).empty());
  remove_leftover_of(path);

  PartialFile file(path);
  file.write(as_bytes("new"));
  remove_leftover_of(path);
  file.commit();
  CHECK(read_file(path, 100) == "new");

  std::filesystem::create_directory(folder.path() / ".file.bundle-partial");  // not ours: stays
  remove_leftover_of(path);
  CHECK(list_folder(folder.path()).size() == 2);
}

TEST_CASE("a folder in the way is said, and nothing is left behind") {
  const TempDir folder;
  std::filesystem::create_directories(folder.path() / "file/x");
  PartialFile file(folder.path() / "file");
  file.write(as_bytes("new"));
  CHECK(test::thrown_by([&] { file.commit(0644); }).kind() == ErrorKind::usage);
}

TEST_CASE("a file too large for its file system says what to do") {
  const Error error = test::thrown_by([] { fail_errno("write", "/media/stick/x", EFBIG); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(test::holds(error.hint(), "--part-size"));
}

}  // namespace bundle
