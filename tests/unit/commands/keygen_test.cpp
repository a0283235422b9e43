#include "commands/sign.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/fs.hpp"
#include "signing/key.hpp"
#include "support/small_disk.hpp"
#include "support/test_session.hpp"
#include "support/thrown.hpp"

using namespace bundle;

namespace {

namespace stdfs = std::filesystem;

struct Fixture {
  TempDir dir;
  std::string out;
  commands::Session session = test::make_session(out);
  stdfs::path stem = dir.path() / "site";

  void keygen() { commands::keygen(session, {.name = stem.string(), .without_passphrase = true}); }
};

unsigned mode_of(const stdfs::path& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a pair is made, the private half for its owner alone, whatever the umask") {
  const mode_t before = ::umask(0);
  keygen();
  ::umask(before);
  CHECK(mode_of(stem.string() + ".key") == 0600);
  CHECK(mode_of(stem.string() + ".pub") == 0644);
  const auto no_passphrase = []() -> std::string { throw Error(ErrorKind::bug, "nobody should ask"); };
  CHECK(signing::load_private_key(stem.string() + ".key", no_passphrase).public_key().id() + "\n" == out);
}

TEST_CASE_FIXTURE(Fixture, "nothing is overwritten, and half a pair is not made") {
  write_file_atomically(stem.string() + ".pub", "another's");
  CHECK(test::thrown_by([&] { keygen(); }).kind() == ErrorKind::usage);
  CHECK(list_folder(dir.path()) == std::vector<std::string>{"site.pub"});
}

TEST_CASE_FIXTURE(Fixture,
                  "on a full disk there is no key, rather than an empty one, and room gives a pair") {
  const stdfs::path disk = dir.path() / "disk";
  stem = disk / "site";
  const int code = test::on_small_disk(disk, 64 << 10, [&] {
    const auto fill = [&](std::size_t left_bytes) {
      std::string content((64 << 10) - left_bytes, 'x');
      write_new_file(disk / "full", content, 0644);
    };
    const auto code_of_keygen = [&] {
      try {
        keygen();
        return 0;
      } catch (const Error& error) {
        return static_cast<int>(error.kind());
      }
    };
    for (const std::size_t left_bytes : {0, 4096}) {  // no room for the first file, or for the second
      fill(left_bytes);
      if (code_of_keygen() != static_cast<int>(ErrorKind::no_space)) {
        return 1;
      }
      if (list_folder(disk) != std::vector<std::string>{"full"}) {
        return 2;
      }
      stdfs::remove(disk / "full");
    }
    return code_of_keygen() == 0 ? 0 : 3;
  });
  CHECK((code == 0 || code == test::kNoMounts));
}
