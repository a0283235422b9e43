#include "commands/sign.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "format/verifier.hpp"
#include "support/small_bundle.hpp"
#include "support/test_session.hpp"

using namespace bundle;

namespace {

struct Fixture {
  TempDir dir;
  test::SmallBundle bundle = test::make_bundle(dir.path(), test::default_options(), {});
  std::string out;
  commands::Session session = test::make_session(out);
  std::string stem = (dir.path() / "builder").string();

  Fixture() { commands::keygen(session, {.name = stem, .without_passphrase = true}); }

  bool is_valid() const {
    const format::Trust trust{.keys = signing::load_trusted_keys({stem + ".pub"}, dir.path())};
    try {
      return check_installer(verify_index({bundle.folder}, trust), trust).empty();
    } catch (const Error&) {
      return false;
    }
  }
  /// As an HSM would: by openssl, from the private key that never comes near the bundle.
  std::string openssl_signature(const std::string& of) {
    const std::string path = (dir.path() / (of + ".hsm")).string();
    run_checked(*session.runner, {.argv = {"openssl", "dgst", "-sha256", "-sign", stem + ".key", "-out", path,
                                           (bundle.folder / of).string()}});
    return path;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "keygen prints the KEYID and never overwrites") {
  CHECK(out == signing::load_public_key(stem + ".pub").id() + "\n");
  CHECK((std::filesystem::status(stem + ".key").permissions() & std::filesystem::perms::all) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  CHECK_THROWS_WITH_AS(commands::keygen(session, {.name = stem}), doctest::Contains("never overwritten"),
                       Error);
  std::filesystem::remove(stem + ".key");
  CHECK_THROWS_WITH_AS(commands::keygen(session, {.name = stem}), doctest::Contains("never overwritten"),
                       Error);
}

TEST_CASE_FIXTURE(Fixture, "sign makes an unsigned bundle valid, and openssl agrees") {
  CHECK_FALSE(is_valid());
  commands::sign(session, {.folder = bundle.folder.string(), .key = stem + ".key"});
  CHECK(is_valid());
  const std::string id = signing::load_public_key(stem + ".pub").id();
  for (const char* file : {"bundle", "bundle.json"}) {
    CHECK(session.runner
              ->run({.argv = {"openssl", "dgst", "-sha256", "-verify", stem + ".pub", "-signature",
                              format::signature_name(file, id), file},
                     .cwd = bundle.folder})
              .status == 0);
  }
}

TEST_CASE_FIXTURE(Fixture, "signatures that were made elsewhere are attached to what they sign") {
  commands::sign(
      session,
      {.folder = bundle.folder.string(), .key = stem + ".pub", .attach = openssl_signature("bundle.json")});
  CHECK_FALSE(is_valid());  // the installer's is missing
  commands::sign(
      session,
      {.folder = bundle.folder.string(), .key = stem + ".pub", .attach = openssl_signature("bundle")});
  CHECK(is_valid());
}

TEST_CASE_FIXTURE(Fixture, "a signature of something else is not attached") {
  const std::string other = openssl_signature(bundle.index.parts[0].name);
  CHECK_THROWS_WITH_AS(
      commands::sign(session, {.folder = bundle.folder.string(), .key = stem + ".pub", .attach = other}),
      doctest::Contains("neither of bundle.json nor of bundle"), Error);
  CHECK(list_folder(bundle.folder).size() == bundle.index.parts.size() + 2);
}

TEST_CASE_FIXTURE(Fixture, "an installer that is not the index's is not signed") {
  write_file_atomically(bundle.folder / "bundle", "another");
  CHECK_THROWS_WITH_AS(commands::sign(session, {.folder = bundle.folder.string(), .key = stem + ".key"}),
                       doctest::Contains("nothing was signed"), Error);
  CHECK(list_folder(bundle.folder).size() == bundle.index.parts.size() + 2);
}

namespace {

struct SiteFixture : Fixture {
  std::filesystem::path site = dir.path() / "site.yml";
  std::filesystem::path values = dir.path() / "metallb-site.yaml";
  std::string id = signing::load_public_key(stem + ".pub").id();

  SiteFixture() {
    write_new_file(site, "components: {metallb: {values: metallb-site.yaml}}\n", 0644);
    write_new_file(values, "pools: []\n", 0644);
  }
  bool openssl_verifies(const std::filesystem::path& file) {
    return session.runner
               ->run({.argv = {"openssl", "dgst", "-sha256", "-verify", stem + ".pub", "-signature",
                               file.string() + "." + id + ".sig", file.string()}})
               .status == 0;
  }
};

}  // namespace

TEST_CASE_FIXTURE(SiteFixture, "a site file is signed with the values that it names, and openssl agrees") {
  commands::sign(session, {.folder = site.string(), .key = stem + ".key"});
  CHECK(openssl_verifies(site));
  CHECK(openssl_verifies(values));
}

TEST_CASE_FIXTURE(SiteFixture, "a signature of a site file that was made elsewhere is attached to it") {
  const std::string signature = (dir.path() / "hsm.sig").string();
  run_checked(*session.runner, {.argv = {"openssl", "dgst", "-sha256", "-sign", stem + ".key", "-out",
                                         signature, values.string()}});
  commands::sign(session, {.folder = site.string(), .key = stem + ".pub", .attach = signature});
  CHECK(openssl_verifies(values));
  CHECK_FALSE(std::filesystem::exists(site.string() + "." + id + ".sig"));
  CHECK_THROWS_WITH_AS(
      commands::sign(session,
                     {.folder = site.string(), .key = stem + ".pub", .attach = openssl_signature("bundle")}),
      doctest::Contains("neither of metallb-site.yaml nor of site.yml"), Error);
}

TEST_CASE_FIXTURE(SiteFixture, "what an installation would refuse is not signed") {
  const auto kind = [&] {
    try {
      commands::sign(session, {.folder = site.string(), .key = stem + ".key"});
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::bug;
  };
  write_file_atomically(site, "cluster: {name: A_b}\n");
  CHECK(kind() == ErrorKind::spec);
  write_file_atomically(site, "components: {metallb: {values: absent.yaml}}\n");
  CHECK(kind() == ErrorKind::usage);
  std::filesystem::remove(site);
  CHECK(kind() == ErrorKind::usage);
  CHECK_FALSE(std::filesystem::exists(site.string() + "." + id + ".sig"));
}
