#include "format/tar.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <set>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "support/small_bundle.hpp"

using namespace bundle;

namespace {

/// The three programs that a person on site may have; each lists "SIZE PATH"-like lines of its own.
const std::vector<std::vector<std::string>> kTars = {{"tar"}, {"bsdtar"}, {"busybox", "tar"}};

std::string run_tar(std::vector<std::string> program, const std::vector<std::string>& arguments) {
  program.insert(program.end(), arguments.begin(), arguments.end());
  PosixRunner runner;
  const CommandResult result = run_checked(runner, {.argv = program});
  CHECK(result.err.empty());  // no warning either
  return result.out;
}

/// A part of one member with a hole for its data.
std::filesystem::path sparse_part(const std::filesystem::path& folder, const std::string& path,
                                  std::uint64_t size_bytes) {
  const std::filesystem::path part = folder / "sparse.tar";
  const UniqueFd fd = open_file(part, OpenMode::create_or_open);
  format::write_header(fd.get(), format::kTarBlock, path, size_bytes, 0644, "sparse.tar");
  format::write_trailer(fd.get(), format::kTarBlock + format::padded(size_bytes) + format::kTarTrailer,
                        "sparse.tar");
  return part;
}

}  // namespace

TEST_CASE("GNU tar makes the same header") {
  const TempDir dir;
  write_new_file(dir.path() / "file", "hello\n", 0644);
  PosixRunner runner;
  run_checked(runner, {.argv = {"tar", "--format=ustar", "--numeric-owner", "--owner=:0", "--group=:0",
                                "--mtime=@0", "--mode=0644", "-cf", "x.tar", "file"},
                       .cwd = dir.path()});
  const std::string archive = read_file(dir.path() / "x.tar", 1 << 20);
  const format::TarHeader ours = format::tar_header("file", 6, 0644);
  CHECK(archive.substr(0, 512) == as_text(ours));
}

TEST_CASE("an entry of 9 GiB is listed with its size by GNU tar, bsdtar and busybox") {
  const TempDir dir;
  constexpr std::uint64_t kSize = 9ull << 30;
  const std::filesystem::path part = sparse_part(dir.path(), "files/large", kSize);
  for (const std::vector<std::string>& program : kTars) {
    const std::string listing = run_tar(program, {"-tvf", part.string()});
    CAPTURE(listing);
    CHECK(listing.find("9663676416") != std::string::npos);
    CHECK(listing.find("files/large") != std::string::npos);
  }
}

TEST_CASE("sizes around 8 GiB are read back as they were written") {
  const TempDir dir;
  for (const std::uint64_t size : {(8ull << 30) - 1, 8ull << 30, (8ull << 30) + 1}) {
    const std::filesystem::path part = sparse_part(dir.path(), "x", size);
    CHECK(run_tar({"tar"}, {"-tvf", part.string()}).find(std::to_string(size)) != std::string::npos);
    std::filesystem::remove(part);
  }
}

TEST_CASE("a long path is split where ustar can") {
  const TempDir dir;
  const std::string folder(150, 'd');
  const std::string path = folder + "/" + std::string(100, 'n');
  CHECK(format::fits_tar_header(path));
  const std::filesystem::path part = sparse_part(dir.path(), path, 10);
  for (const std::vector<std::string>& program : kTars) {
    CHECK(trim(run_tar(program, {"-tf", part.string()})) == path);
  }
  SUBCASE("names and prefixes at their limits") {
    CHECK(format::fits_tar_header(std::string(100, 'n')));
    CHECK_FALSE(format::fits_tar_header(std::string(101, 'n')));
    CHECK(format::fits_tar_header(std::string(155, 'd') + "/" + std::string(99, 'n')));
    CHECK_FALSE(format::fits_tar_header(std::string(156, 'd') + "/" + std::string(90, 'n')));
    CHECK_FALSE(format::fits_tar_header("d/" + std::string(101, 'n')));
    CHECK_THROWS_AS(format::tar_header("d/" + std::string(101, 'n'), 1, 0644), Error);
  }
}

TEST_CASE("GNU tar, bsdtar and busybox unpack a laid-out bundle, and cat joins what is split") {
  const TempDir dir;
  const test::SmallBundleOptions options = test::default_options();
  const test::SmallBundle bundle = test::make_bundle(dir.path(), options, {});
  REQUIRE(bundle.index.parts.size() > 2);
  for (const std::vector<std::string>& program : kTars) {
    const TempDir out;
    for (const format::Part& part : bundle.index.parts) {
      CHECK(bundle::file_size(bundle.folder / part.name) == part.size_bytes);
      run_tar(program, {"-xf", (bundle.folder / part.name).string(), "-C", out.path().string()});
    }
    for (const format::Entry& entry : bundle.index.entries) {
      std::string content;
      for (std::size_t i = 0; i < entry.at.size(); ++i) {
        content += read_file(out.path() / format::piece_path(entry, i), 10 << 20);
      }
      CHECK(sha256_hex(content) == entry.sha256);
    }
    PosixRunner runner;
    const std::string join = "cat files/model.gguf.split/* > files/model.gguf && sha256sum -c SHA256SUMS";
    CHECK(runner.run({.argv = {"sh", "-c", join}, .cwd = out.path()}).status == 0);
  }
}
