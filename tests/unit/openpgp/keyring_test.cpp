#include "openpgp/keyring.hpp"

#include <doctest/doctest.h>

#include <chrono>

#include "base/error.hpp"
#include "base/text.hpp"
#include "support/error_of.hpp"
#include "support/fake_runner.hpp"
#include "support/gpg_lab.hpp"

using namespace bundle;
using openpgp::KeyFile;
using test::contains;
using test::GpgLab;

namespace {

constexpr std::int64_t kTwoYears = 2ll * 366 * 86400;
constexpr int kSubkeyTag = 14;

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// The words of the Error(integrity) that `function` must throw; empty when it throws none.
template <class Function>
std::string refusal(Function&& function) {
  try {
    function();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::integrity);
    return render(error);
  }
  return {};
}

struct Lab : GpgLab {
  std::filesystem::path content = folder() / "content";

  explicit Lab(const std::string& text = "what is signed\n") { write_file_atomically(content, text); }
  openpgp::Keyring keyring(const std::vector<KeyFile>& files, std::int64_t at = now()) {
    return {files, at, runner(), "its 'key'"};
  }
  std::string load(const KeyFile& file) {
    return refusal([&] { keyring({file}); });
  }
  std::string check(const openpgp::Keyring& keys, const std::string& signature) {
    return refusal([&] { keys.require_signature(content, signature); });
  }
  std::string text() { return read_file(content, 1 << 20); }
};

}  // namespace

TEST_CASE("a key whose own signature is broken is refused" * doctest::test_suite("outside")) {
  if (!GpgLab::is_possible()) {
    return;
  }
  Lab lab;
  KeyFile key = lab.make_key("vendor");
  CHECK(lab.load(key).empty());
  key.content = with_broken_signature(lab, lab.export_binary(key));
  const std::string text = lab.load(key);
  CHECK(contains(text, "the pinned key " + key.fingerprint + " carries no good signature of its own"));
  CHECK(contains(text, "while reading the key file vendor"));
}

TEST_CASE("nobody but its owner can make a key last longer" * doctest::test_suite("outside")) {
  if (!GpgLab::is_possible()) {
    return;
  }
  Lab lab;
  KeyFile key = lab.make_key("vendor");
  key.content = lab.export_binary(key);
  const std::string year = "\x05\x09\x01\xe1\x33\x80";  // subpacket 9: 365 days, RFC 4880 section 5.2.3.6
  const std::size_t at = key.content.find(year);
  REQUIRE(at != std::string::npos);
  key.content.replace(at, year.size(), "\x05\x09\x7f\xff\xff\xff");
  CHECK(contains(lab.load(key), "carries no good signature of its own"));
}

TEST_CASE("expired and revoked keys sign nothing, and it is said which" * doctest::test_suite("outside")) {
  if (!GpgLab::is_possible()) {
    return;
  }
  Lab lab;
  const KeyFile key = lab.make_key("vendor");
  const std::string signature = lab.sign(lab.text(), key.fingerprint);
  const std::string id = key.fingerprint.substr(24);
  CHECK(lab.keyring({key}).require_signature(lab.content, signature) == key.fingerprint);
  const std::string later = lab.check(lab.keyring({key}, now() + kTwoYears), signature);
  CHECK(contains(later, "it is signed with key " + id + ", which expired on "));
  CHECK(contains(later, "pin the vendor's newer key in its 'key'"));
  lab.revoke(key);
  const std::string revoked = lab.check(lab.keyring({lab.export_key(key)}), signature);
  CHECK(contains(revoked, "it is signed with key " + id + ", which is revoked"));
}

TEST_CASE("a revocation that its owner did not sign revokes nothing" * doctest::test_suite("outside")) {
  if (!GpgLab::is_possible()) {
    return;
  }
  Lab lab;
  KeyFile key = lab.make_key("vendor");
  const std::string signature = lab.sign(lab.text(), key.fingerprint);
  lab.revoke(key);
  key.content = with_broken_signature(lab, lab.export_binary(key));  // the revocation stands first
  CHECK(lab.check(lab.keyring({key}), signature).empty());
}

TEST_CASE("a subkey that somebody else hung on a certificate signs nothing" *
          doctest::test_suite("outside")) {
  if (!GpgLab::is_possible()) {
    return;
  }
  Lab lab;
  KeyFile key = lab.make_key("vendor");
  const KeyFile stranger = lab.make_key("stranger");
  lab.gpg({"--quick-add-key", stranger.fingerprint, "rsa2048", "sign", "1y"});
  const std::string subkey = lab.fingerprints("stranger").at(1);
  const std::string foreign = lab.export_binary(stranger);
  for (const test::ListedPacket& packet : test::list_packets(lab, foreign)) {
    if (packet.tag == kSubkeyTag) {
      key.content = lab.export_binary(key) + foreign.substr(packet.offset);
    }
  }
  const openpgp::Keyring keys = lab.keyring({key});
  CHECK_FALSE(keys.may_sign(openpgp::key_id(subkey)));
  CHECK(keys.keys().at(0).certificate.keys.size() == 1);
  CHECK(keys.keys().at(0).packets.size() < key.content.size());
  CHECK(contains(lab.check(keys, lab.sign(lab.text(), subkey + "!")), "unknown key " + subkey.substr(24)));
}

TEST_CASE("a file may hold more keys, but only the pinned one is trusted" * doctest::test_suite("outside")) {
  if (!GpgLab::is_possible()) {
    return;
  }
  Lab lab;
  const KeyFile key = lab.make_key("vendor");
  const KeyFile other = lab.make_key("stranger");
  const KeyFile both{.name = "both", .content = other.content + key.content, .fingerprint = key.fingerprint};
  const openpgp::Keyring keys = lab.keyring({both});
  CHECK(lab.check(keys, lab.sign(lab.text(), key.fingerprint)).empty());
  const std::string text = lab.check(keys, lab.sign(lab.text(), other.fingerprint));
  CHECK(contains(text, "it is signed with the unknown key " + other.fingerprint.substr(24)));
  CHECK(contains(text, "pin it in its 'key'"));
  KeyFile absent = both;
  absent.fingerprint[0] = absent.fingerprint[0] == '0' ? '1' : '0';
  CHECK(contains(lab.load(absent), "the pinned key " + absent.fingerprint + " is not in it; it holds " +
                                       other.fingerprint + ", " + key.fingerprint));
  CHECK(contains(lab.load({.name = "html", .content = "<html>", .fingerprint = key.fingerprint}),
                 "it holds no key that can be used"));
  for (std::size_t size = 0; size + 40 < key.content.size(); size += 97) {
    CHECK_FALSE(
        lab.load({.name = "cut", .content = key.content.substr(0, size), .fingerprint = key.fingerprint})
            .empty());
  }
}

TEST_CASE("of several signatures one good one is enough" * doctest::test_suite("outside")) {
  if (!GpgLab::is_possible()) {
    return;
  }
  Lab lab;
  const KeyFile key = lab.make_key("vendor");
  const KeyFile other = lab.make_key("stranger");
  const openpgp::Keyring keys = lab.keyring({key});
  const std::string good = lab.sign(lab.text(), key.fingerprint);
  const std::string foreign = lab.sign(lab.text(), other.fingerprint);
  CHECK(lab.check(keys, foreign + good).empty());
  CHECK(lab.check(keys, good + foreign).empty());
  CHECK(lab.check(keys, lab.sign(lab.text(), key.fingerprint, {"--textmode"})).empty());
  CHECK(contains(lab.check(keys, ""), "there is no signature in it"));
  CHECK(contains(lab.check(keys, key.content), "there is no signature in it"));
  for (std::size_t size = 0; size + 40 < good.size(); size += 7) {
    CHECK_FALSE(lab.check(keys, good.substr(0, size)).empty());
  }
  write_file_atomically(lab.content, lab.text() + " ");
  CHECK(contains(lab.check(keys, good), "it was changed after it was signed with key "));
}

TEST_CASE("a signature of other content does not count, however it is packed" *
          doctest::test_suite("outside")) {
  if (!GpgLab::is_possible()) {
    return;
  }
  Lab lab;
  const KeyFile key = lab.make_key("vendor");
  const openpgp::Keyring keys = lab.keyring({key});
  for (const char* way : {"--sign", "--clearsign"}) {
    CAPTURE(way);
    const std::string whole =
        lab.gpg({"--armor", way, "--local-user", key.fingerprint, "--output", "-"}, "other content\n");
    CHECK_FALSE(lab.check(keys, whole).empty());
  }
}

TEST_CASE("a signature may have expired itself" * doctest::test_suite("outside")) {
  if (!GpgLab::is_possible()) {
    return;
  }
  Lab lab;
  const std::vector<std::string> then = {"--faked-system-time", std::to_string(now() - 100ll * 86400)};
  const KeyFile key = lab.make_key("vendor", then);
  const std::string signature =
      lab.sign(lab.text(), key.fingerprint, {then[0], then[1], "--default-sig-expire", "1d"});
  CHECK(contains(lab.check(lab.keyring({key}), signature),
                 "the signature by key " + key.fingerprint.substr(24) + " has expired"));
}

TEST_CASE("gpg has a home of its own and no options of the user's" * doctest::test_suite("outside")) {
  if (!GpgLab::is_possible()) {
    return;
  }
  Lab lab;
  const KeyFile key = lab.make_key("vendor");
  const TempDir home;
  write_file_atomically(home.path() / "gpg.conf", "no-such-option\n");
  const char* const before = std::getenv("GNUPGHOME");
  const std::string saved = before == nullptr ? "" : before;
  setenv("GNUPGHOME", home.path().c_str(), 1);
  CHECK(lab.load(key).empty());
  if (before == nullptr) {
    unsetenv("GNUPGHOME");
  } else {
    setenv("GNUPGHOME", saved.c_str(), 1);
  }
  CHECK(list_folder(home.path()) == std::vector<std::string>{"gpg.conf"});
}

TEST_CASE("without gpg it is said what to install") {
  test::FakeRunner runner;
  const Error error = test::error_of(
      [&] { openpgp::Keyring({{.name = "k", .content = "x", .fingerprint = "A"}}, 0, runner, "it"); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(contains(render(error), "install gnupg (Debian) or gnupg2 (RHEL)"));
  CHECK_NOTHROW(openpgp::Keyring({}, 0, runner, "it"));
}

TEST_CASE("a key file of many megabytes is not given to gpg") {
  test::FakeRunner runner;
  const Error error =
      test::error_of([&] { openpgp::Gpg(runner).show_keys(std::string((4 << 20) + 1, 'x')); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(runner.ran().empty());
}

TEST_CASE("a clear-signed message gives what its owner signed, and nothing that stands beside" *
          doctest::test_suite("outside")) {
  if (!GpgLab::is_possible()) {
    return;
  }
  Lab lab;
  const KeyFile key = lab.make_key("vendor");
  const KeyFile other = lab.make_key("stranger");
  const openpgp::Keyring keys = lab.keyring({key});
  const auto signed_by = [&](const KeyFile& who, const std::string& text) {
    return lab.gpg({"--clearsign", "--local-user", who.fingerprint, "--output", "-"}, text);
  };
  const auto refused = [&](const std::string& message) {
    return refusal([&] { keys.require_clearsigned(message); });
  };
  const std::string message = signed_by(key, "files:\n- what is signed\n");
  const openpgp::SignedText read = keys.require_clearsigned(message);
  CHECK(read.content == "files:\n- what is signed\n");
  CHECK(read.primary == key.fingerprint);
  CHECK(keys.require_clearsigned("files: evil\n" + message + "files: evil\n").content == read.content);
  const std::string foreign = signed_by(other, "files: evil\n");
  const std::string unsigned_one = lab.gpg({"--armor", "--store", "--output", "-"}, "files: evil\n");
  for (const std::string& whole :
       {foreign, foreign + message, message + foreign, unsigned_one, unsigned_one + message,
        message + unsigned_one, message + message, lab.sign("x", key.fingerprint), std::string()}) {
    CAPTURE(whole);
    CHECK_FALSE(refused(whole).empty());
  }
  CHECK(contains(refused(foreign), "it is signed with the unknown key " + other.fingerprint.substr(24)));
  std::string changed = message;
  changed[changed.find("what is signed")] = 'W';
  CHECK(contains(refused(changed), "it was changed after it was signed"));
}
