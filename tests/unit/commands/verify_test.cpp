#include "commands/verify.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "base/json.hpp"
#include "support/small_bundle.hpp"
#include "support/test_session.hpp"

using namespace bundle;
using signing::PrivateKey;

namespace {

struct Fixture {
  TempDir dir;
  PrivateKey key = PrivateKey::generate();
  test::SmallBundle bundle = test::make_bundle(dir.path(), test::default_options(), {key});
  std::string out;
  commands::Session session = test::make_session(out);
  commands::VerifyOptions options{.folders = {bundle.folder.string()},
                                  .trust = {.root = dir.path().string()}};

  Fixture() {
    options.trust.keys = {(dir.path() / "x.pub").string()};
    write_new_file(options.trust.keys[0], key.public_key().pem(), 0644);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "verify says what was verified, and by whose signature") {
  commands::verify(session, options);
  CHECK(out.find("small 2026.11.0 for rhel-8.10 x86_64") != std::string::npos);
  CHECK(out.find(key.public_key().id()) != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "verify lists each fault as JSON and fails with integrity") {
  session.output = commands::OutputFormat::json;
  std::filesystem::remove(bundle.folder / bundle.index.parts[0].name);
  write_file_atomically(bundle.folder / "bundle", "another");
  try {
    commands::verify(session, options);
    FAIL("verified");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(error.message() == "the bundle small-2026.11.0-x86_64 has 2 faults");
  }
  const json::Value report = json::parse(out, "report");
  CHECK(report.find("faults")->if_array()->size() == 2);
  CHECK_FALSE(*report.find("valid")->if_bool());
}

TEST_CASE_FIXTURE(Fixture, "--expect takes the digest in the usual forms, and nothing else") {
  const std::string sha256 = sha256_hex(read_file(bundle.folder / "bundle.json", 1 << 20));
  options.trust.keys.clear();
  for (const std::string& given : {sha256, "sha256:" + sha256}) {
    options.trust.expect = given;
    CHECK_NOTHROW(commands::verify(session, options));
  }
  options.trust.expect = sha256.substr(1);
  CHECK_THROWS_WITH_AS(commands::verify(session, options), doctest::Contains("64 hex digits"), Error);
}

TEST_CASE_FIXTURE(Fixture, "keys of the host are trusted without an option") {
  options.trust.keys.clear();
  CHECK_THROWS_AS(commands::verify(session, options), Error);
  make_folders(dir.path() / "etc/bundle/keys");
  write_new_file(dir.path() / "etc/bundle/keys/builder.pub", key.public_key().pem(), 0644);
  CHECK_NOTHROW(commands::verify(session, options));
}
