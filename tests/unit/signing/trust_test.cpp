#include "signing/trust.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "signing/passphrase.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using signing::PrivateKey;

TEST_CASE("trusted keys are those named and those of the host, each once") {
  const TempDir root;
  const std::filesystem::path folder = root.path() / "etc/bundle/keys";
  const PrivateKey named = PrivateKey::generate();
  const PrivateKey hosts = PrivateKey::generate();
  const std::string named_file = (root.path() / "named.pub").string();
  write_new_file(named_file, named.public_key().pem(), 0644);

  CHECK(signing::load_trusted_keys({}, root.path()).empty());

  make_folders(folder);
  write_new_file(folder / "a.pub", hosts.public_key().pem(), 0644);
  write_new_file(folder / "b.pub", named.public_key().pem(), 0644);
  write_new_file(folder / "README", "not a key", 0644);
  const std::vector<signing::TrustedKey> keys = signing::load_trusted_keys({named_file}, root.path());
  REQUIRE(keys.size() == 2);
  CHECK(keys[0].key.id() == named.public_key().id());
  CHECK(keys[0].origin == named_file);
  CHECK(keys[1].key.id() == hosts.public_key().id());

  SUBCASE("a file there that is no key is an error, not nothing") {
    write_new_file(folder / "c.pub", "garbage", 0644);
    CHECK_THROWS_AS(signing::load_trusted_keys({}, root.path()), Error);
  }
}

TEST_CASE("the host's keys are trusted only where nobody but root could have put them") {
  const TempDir root;
  const std::filesystem::path folder = root.path() / "etc/bundle/keys";
  make_folders(folder);
  const std::filesystem::path key = folder / "a.pub";
  write_new_file(key, PrivateKey::generate().public_key().pem(), 0644);
  const auto refused = [&] {
    const Error error = test::thrown_by([&] { signing::load_trusted_keys({}, root.path()); });
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(test::holds(error.hint(), "chmod go-w"));
    return error.message();
  };
  REQUIRE(signing::load_trusted_keys({}, root.path()).size() == 1);
  SUBCASE("a file that all can write") {
    REQUIRE(::chmod(key.c_str(), 0666) == 0);
    CHECK(test::holds(refused(), key.string()));
  }
  SUBCASE("a file that a group can write") {
    REQUIRE(::chmod(key.c_str(), 0664) == 0);
    CHECK(test::holds(refused(), key.string()));
  }
  SUBCASE("a folder that all can write") {
    REQUIRE(::chmod(folder.c_str(), 0777) == 0);
    CHECK(test::holds(refused(), folder.string()));
  }
  SUBCASE("the folder above") {
    REQUIRE(::chmod(folder.parent_path().c_str(), 0777) == 0);
    CHECK(test::holds(refused(), folder.parent_path().string()));
  }
  SUBCASE("another's file") {
    if (::chown(key.c_str(), 12345, 12345) == 0) {  // only root can
      CHECK(test::holds(refused(), "owner 12345"));
    }
  }
  SUBCASE("what is no key does not matter") {
    write_new_file(folder / "README", "", 0644);
    REQUIRE(::chmod((folder / "README").c_str(), 0666) == 0);
    CHECK(signing::load_trusted_keys({}, root.path()).size() == 1);
  }
}

TEST_CASE("a key file that is not there is a usage error") {
  CHECK_THROWS_AS(signing::load_trusted_keys({"/nonexistent/x.pub"}, "/nonexistent"), Error);
}

TEST_CASE("the passphrase comes from the first line of a file") {
  const TempDir dir;
  const std::string file = (dir.path() / "pass").string();
  write_new_file(file, "open sesame\nsecond line\n", 0600);
  ::setenv("BUNDLE_KEY_PASSPHRASE_FILE", file.c_str(), 1);
  CHECK(signing::passphrase_for("x.key") == "open sesame");
  CHECK(signing::new_passphrase() == "open sesame");
  write_file_atomically(file, "\n");
  CHECK_THROWS_AS(signing::new_passphrase(), Error);
  ::unsetenv("BUNDLE_KEY_PASSPHRASE_FILE");
  CHECK_FALSE(signing::passphrase_from_environment().has_value());
}
