#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "cli/verbs.hpp"
#include "command_line.hpp"
#include "support/small_bundle.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using signing::PrivateKey;
using test::Ended;
using test::holds;

namespace {

struct Fixture {
  TempDir dir;
  PrivateKey key = PrivateKey::generate();
  std::string folder = test::make_bundle(dir.path(), test::default_options(), {key}).folder.string();
  std::string key_file = (dir.path() / "x.pub").string();
  std::string stranger = (dir.path() / "stranger.pub").string();

  Fixture() {
    write_new_file(key_file, key.public_key().pem(), 0644);
    write_new_file(stranger, PrivateKey::generate().public_key().pem(), 0644);
  }
};

Ended run_line(const std::vector<std::string>& arguments) {
  return test::run_line(cli::onsite_verbs(), arguments);
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "--key reaches the verifier, takes one value, and may be repeated") {
  CHECK(run_line({"verify", "--key", key_file, folder}).code == 0);
  CHECK(run_line({"verify", "--key", key_file, folder, folder}).code == 0);
  CHECK(run_line({"verify", folder, "--key", stranger, "--key", key_file}).code == 0);
  CHECK(run_line({"verify", folder, "--key=" + stranger}).code == static_cast<int>(ErrorKind::integrity));
}

TEST_CASE_FIXTURE(Fixture, "--expect reaches the verifier") {
  const std::string sha256 = sha256_hex(read_file(folder + "/bundle.json", 1 << 20));
  CHECK(run_line({"verify", folder, "--expect", sha256}).code == 0);
  CHECK(run_line({"verify", folder, "--expect", std::string(64, '0')}).code ==
        static_cast<int>(ErrorKind::integrity));
}

TEST_CASE_FIXTURE(Fixture, "copy takes the same trust as verify, and none is refused") {
  const std::string stick = (dir.path() / "stick").string();
  const std::string sha256 = sha256_hex(read_file(folder + "/bundle.json", 1 << 20));
  CHECK(run_line({"copy", folder, stick, "--key", stranger}).code == static_cast<int>(ErrorKind::integrity));
  CHECK_FALSE(std::filesystem::exists(stick));
  CHECK(run_line({"copy", folder, stick, "--expect", sha256}).code == 0);
  CHECK(run_line({"copy", folder, stick, "--key", key_file, "--parts", "0"}).code == 0);
}

TEST_CASE_FIXTURE(Fixture, "-o chooses between a table and JSON, whatever the case") {
  const Ended table = run_line({"inspect", folder});
  REQUIRE(table.code == 0);
  CHECK_FALSE(table.out.starts_with("{"));
  CHECK(run_line({"inspect", folder, "-o", "table"}).out == table.out);

  const Ended report = run_line({"inspect", folder, "-o", "json"});
  REQUIRE(report.code == 0);
  CHECK(json::parse(report.out, "report").if_object() != nullptr);
  CHECK(run_line({"inspect", "--output=JSON", folder}).out == report.out);
}

TEST_CASE("each verb has a help, and its own name in it") {
  // Two options of one name in a verb throw when the verb is added, and so in every command line.
  for (const char* verb :
       {"why", "verify", "inspect", "diff", "keygen", "sign", "copy", "install", "preflight", "join-info",
        "status", "smoke", "renew-certificates", "etcd", "undo", "forget", "facts", "completion"}) {
    CAPTURE(verb);
    const Ended ended = run_line({verb, "--help"});
    CHECK(ended.code == 0);
    CHECK(holds(ended.out, "bundle " + std::string(verb) + " "));
  }
}

TEST_CASE_FIXTURE(Fixture, "sign takes a bundle or a site file") {
  const std::string private_key = (dir.path() / "x.key").string();
  write_new_file(private_key, key.pem(""), 0600);
  const std::string site = (dir.path() / "site.yml").string();
  write_new_file(site, "firewall: leave\n", 0644);
  CHECK(run_line({"sign", folder, "--key", private_key}).code == 0);
  CHECK(run_line({"sign", site, "--key", private_key}).code == 0);
  CHECK(std::filesystem::exists(site + "." + key.public_key().id() + ".sig"));
  write_file_atomically(site, "firewal: leave\n");
  CHECK(run_line({"sign", site, "--key", private_key}).code == 3);
  CHECK(run_line({"sign", site + ".absent", "--key", private_key}).code == 2);
}

TEST_CASE("the connected verbs are unknown on site") {
  CHECK(run_line({"lock", "versions.yml"}).code == 2);
  CHECK(holds(run_line({"lock", "versions.yml"}).err, "unknown command 'lock'"));
}
