#include "host/remove_tree.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/fs.hpp"
#include "base/text.hpp"
#include "support/private_mounts.hpp"
#include "support/thrown.hpp"

namespace bundle::host {
namespace {

namespace stdfs = std::filesystem;

void put(const stdfs::path& path) {
  stdfs::create_directories(path.parent_path());
  std::ofstream(path) << "x";
}

/// Every path below, `a a/b`.
std::string all_in(const stdfs::path& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : stdfs::recursive_directory_iterator(folder)) {
    paths.push_back(entry.path().lexically_relative(folder).string());
  }
  std::sort(paths.begin(), paths.end());
  return join(paths, " ");
}

std::string names(const std::vector<stdfs::path>& left, const stdfs::path& folder) {
  std::vector<std::string> paths;
  for (const stdfs::path& path : left) {
    paths.push_back(path.lexically_relative(folder).string());
  }
  std::sort(paths.begin(), paths.end());
  return "left: " + join(paths, " ");
}

}  // namespace

TEST_CASE("a tree goes with all in it, and what is not there is gone already") {
  const TempDir dir;
  put(dir.path() / "a/b/c/x");
  put(dir.path() / "a/y");
  put(dir.path() / "z");
  stdfs::permissions(dir.path() / "a/b", stdfs::perms(0500));
  CHECK(remove_tree(dir.path() / "a").empty());
  CHECK(remove_tree(dir.path() / "a").empty());
  CHECK(remove_tree(dir.path() / "none/at/all").empty());
  CHECK(all_in(dir.path()) == "z");
  CHECK(remove_tree(dir.path() / "z").empty());
  CHECK(all_in(dir.path()).empty());
}

TEST_CASE("a link goes, and what it leads to stays") {
  const TempDir dir;
  put(dir.path() / "theirs/x");
  put(dir.path() / "a/y");
  stdfs::create_directory_symlink(dir.path() / "theirs", dir.path() / "a/link");
  stdfs::create_symlink("nowhere", dir.path() / "a/dangling");
  stdfs::create_directory_symlink("theirs", dir.path() / "b");
  CHECK(remove_tree(dir.path() / "a").empty());
  CHECK(remove_tree(dir.path() / "b").empty());
  CHECK(all_in(dir.path()) == "theirs theirs/x");
  stdfs::create_directory_symlink("theirs", dir.path() / "b");
  CHECK(test::thrown_by([&] { remove_content(dir.path() / "b", {}); }).kind() == ErrorKind::step);
  CHECK(all_in(dir.path()) == "b theirs theirs/x");
}

TEST_CASE("of what is in a folder only that goes which is asked for, and the folder stays") {
  const TempDir dir;
  put(dir.path() / "f/ours/x");
  put(dir.path() / "f/theirs/ours");
  CHECK(remove_content(dir.path() / "f", [](std::string_view name) { return name == "ours"; }).empty());
  CHECK(all_in(dir.path()) == "f f/theirs f/theirs/ours");
  CHECK(remove_content(dir.path() / "f", {}).empty());
  CHECK(all_in(dir.path()) == "f");
  CHECK(remove_content(dir.path() / "none", {}).empty());
}

TEST_CASE(
    "what is known to be mounted is left with the folders that lead to it, and nothing in it is asked for") {
  const TempDir dir;
  put(dir.path() / "a/b/mounted/x");
  put(dir.path() / "a/b/y");
  put(dir.path() / "a/c/z");
  std::vector<std::string> asked;
  const IsMounted is_mounted = [&](const stdfs::path& path) {
    asked.push_back(path.lexically_relative(dir.path()).string());
    return path.filename() == "mounted";
  };
  CHECK(names(remove_tree(dir.path() / "a", is_mounted), dir.path()) == "left: a/b/mounted");
  CHECK(all_in(dir.path()) == "a a/b a/b/mounted a/b/mounted/x");
  CHECK(std::find(asked.begin(), asked.end(), "a/b/mounted/x") == asked.end());
  CHECK(names(remove_tree(dir.path() / "a/b/mounted", is_mounted), dir.path()) == "left: a/b/mounted");
}

TEST_CASE("what cannot be removed is named" * doctest::skip(::geteuid() == 0)) {
  const TempDir dir;
  put(dir.path() / "a/b/x");
  stdfs::permissions(dir.path() / "a/b", stdfs::perms(0500));
  const Error error = test::thrown_by([&] { remove_tree(dir.path() / "a"); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(test::holds(error.message(), (dir.path() / "a/b/x").string()));
  stdfs::permissions(dir.path() / "a/b", stdfs::perms(0700));
}

TEST_SUITE("outside") {
  TEST_CASE("nothing is removed across a mount: another file system, the same one shown again, a file") {
    const auto seen = test::in_private_mounts([] {
      const TempDir dir;
      put(dir.path() / "theirs/x");
      put(dir.path() / "theirs_too/y");
      put(dir.path() / "a/gone/z");
      put(dir.path() / "a/file");
      test::mount_tmpfs(dir.path() / "a/p/tmpfs");
      put(dir.path() / "a/p/tmpfs/x");
      stdfs::create_directories(dir.path() / "a/q/bind");
      test::bind_mount(dir.path() / "theirs", dir.path() / "a/q/bind");
      test::bind_mount(dir.path() / "theirs_too/y", dir.path() / "a/file");
      const std::string left = names(remove_tree(dir.path() / "a"), dir.path());
      return left + "\n" + all_in(dir.path());
    });
    if (seen) {
      CHECK(*seen ==
            "left: a/file a/p/tmpfs a/q/bind\n"
            "a a/file a/p a/p/tmpfs a/p/tmpfs/x a/q a/q/bind a/q/bind/x theirs theirs/x theirs_too "
            "theirs_too/y");
    }
  }

  TEST_CASE("a folder that is a mount point itself is left, or emptied when only its content is to go") {
    const auto seen = test::in_private_mounts([] {
      const TempDir dir;
      test::mount_tmpfs(dir.path() / "a");
      put(dir.path() / "a/b/x");
      test::mount_tmpfs(dir.path() / "a/b/deeper");
      put(dir.path() / "a/b/deeper/y");
      put(dir.path() / "a/c");
      std::string text = names(remove_tree(dir.path() / "a"), dir.path()) + "\n" + all_in(dir.path()) + "\n";
      text += names(remove_content(dir.path() / "a", {}), dir.path()) + "\n";
      return text + all_in(dir.path());
    });
    if (seen) {
      CHECK(*seen ==
            "left: a\na a/b a/b/deeper a/b/deeper/y a/b/x a/c\n"
            "left: a/b/deeper\na a/b a/b/deeper a/b/deeper/y");
    }
  }
}

}  // namespace bundle::host
