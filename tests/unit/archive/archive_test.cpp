#include "archive/archive.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/process.hpp"
#include "support/skip.hpp"

using namespace bundle;
namespace stdfs = std::filesystem;

namespace {

void write(const stdfs::path& path, const std::string& content) {
  stdfs::create_directories(path.parent_path());
  std::ofstream(path) << content;
}

/// Packs with GNU tar, whose arguments the test chooses.
stdfs::path pack(const TempDir& dir, const std::vector<std::string>& arguments) {
  PosixRunner runner;
  const stdfs::path archive = dir.path() / "made.tgz";
  std::vector<std::string> argv = {"tar", "-czf", archive.string(), "-C", (dir.path() / "in").string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  run_checked(runner, {.argv = argv});
  return archive;
}

std::string refusal(const stdfs::path& archive, const archive::Caps& caps = {}) {
  try {
    archive::read_tar_gz(archive, caps);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::integrity);
    return error.message();
  }
  return "";
}

/// Only the last eight bytes (the gzip trailer, which libarchive does not need) may be absent unnoticed.
bool cut_is_refused(Bytes bytes) {
  try {
    archive::read_tar_gz(bytes, "cut");
  } catch (const Error& error) {
    return error.kind() == ErrorKind::integrity;
  }
  return false;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("read_tar_gz gives the files and refuses what could leave the folder") {
  const TempDir dir;
  write(dir.path() / "in/chart/Chart.yaml", "name: x\n");
  write(dir.path() / "in/chart/templates/a.yaml", "a: 1\n");

  SUBCASE("files, in order, also from memory") {
    const stdfs::path packed = pack(dir, {"--sort=name", "./chart"});
    const auto files = archive::read_tar_gz(packed);
    REQUIRE(files.size() == 2);
    CHECK(files[0].path.str() == "chart/Chart.yaml");
    CHECK(files[1].content == "a: 1\n");
    const std::string bytes = read_file(packed, 1 << 20);
    CHECK(archive::read_tar_gz(as_bytes(bytes), "memory").size() == 2);
  }
  SUBCASE("a symlink") {
    stdfs::create_symlink("/etc/passwd", dir.path() / "in/chart/link");
    CHECK(contains(refusal(pack(dir, {"chart"})), "chart/link, which is a symbolic link"));
  }
  SUBCASE("a hard link") {
    stdfs::create_hard_link(dir.path() / "in/chart/Chart.yaml", dir.path() / "in/chart/second");
    CHECK(contains(refusal(pack(dir, {"chart"})), "hard link"));
  }
  SUBCASE("an absolute path") {
    CHECK_FALSE(refusal(pack(dir, {"-P", (dir.path() / "in/chart/Chart.yaml").string()})).empty());
  }
  SUBCASE("a path with ..") {
    CHECK(contains(refusal(pack(dir, {"-P", "--transform=s,^chart,../chart,", "chart"})), ".."));
  }
  SUBCASE("the same file twice") {
    CHECK(contains(refusal(pack(dir, {"--hard-dereference", "chart/Chart.yaml", "chart/Chart.yaml"})),
                   "twice"));
  }
  SUBCASE("a bomb") {
    write(dir.path() / "in/chart/zeros", std::string(3'000'000, '\0'));
    const stdfs::path packed = pack(dir, {"chart"});
    CHECK(contains(refusal(packed, {.file_bytes = 1'000'000}), "more than the 1000000 bytes"));
    CHECK(contains(refusal(packed, {.total_bytes = 2'000'000}), "unpacks to more than"));
    CHECK(contains(refusal(packed, {.files = 2}), "more than 2 entries"));
  }
  SUBCASE("no archive at all, and every truncation") {
    write(dir.path() / "text", "this is not an archive");
    CHECK(contains(refusal(dir.path() / "text"), "damaged"));
    const std::string bytes = read_file(pack(dir, {"chart"}), 1 << 20);
    for (std::size_t length = 1; length + 8 < bytes.size(); ++length) {
      CHECK(cut_is_refused(as_bytes(bytes).first(length)));
    }
  }
}

TEST_CASE("extract_member writes one file and says when it is absent") {
  const TempDir dir;
  write(dir.path() / "in/linux-amd64/helm", "#!/bin/sh\n");
  const stdfs::path packed = pack(dir, {"linux-amd64"});
  archive::extract_member(packed, "linux-amd64/helm", dir.path() / "helm");
  CHECK(read_file(dir.path() / "helm", 100) == "#!/bin/sh\n");
  CHECK((stdfs::status(dir.path() / "helm").permissions() & stdfs::perms::owner_exec) != stdfs::perms::none);
  CHECK_THROWS_AS(archive::extract_member(packed, "linux-amd64/kubectl", dir.path() / "kubectl"), Error);
  CHECK_THROWS_AS(archive::extract_member(packed, "linux-amd64/helm", dir.path() / "small", 3), Error);
}

TEST_CASE("extract_from_rpm finds a file by its installed path" * doctest::test_suite("outside")) {
  const TempDir dir;
  PosixRunner runner;
  if (!find_program("rpmbuild")) {
    test::skip("no rpmbuild");
    return;
  }
  write(dir.path() / "x.spec",
        "Name: x\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n%description\n%install\n"
        "mkdir -p %{buildroot}/usr/bin\necho hello > %{buildroot}/usr/bin/x\n%files\n/usr/bin/x\n");
  run_checked(runner, {.argv = {"rpmbuild", "-bb", "--quiet", "--define", "_topdir " + dir.path().string(),
                                (dir.path() / "x.spec").string()}});
  const stdfs::path rpm = dir.path() / "RPMS/noarch/x-1-1.noarch.rpm";
  archive::extract_from_rpm(rpm, "/usr/bin/x", dir.path() / "x");
  CHECK(read_file(dir.path() / "x", 100) == "hello\n");
  CHECK_THROWS_AS(archive::extract_from_rpm(rpm, "/usr/bin/y", dir.path() / "y"), Error);
}
