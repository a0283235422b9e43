#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>

#include "base/error.hpp"
#include "rpm/metadata_file.hpp"
#include "rpm/package_head.hpp"
#include "rpm/signature.hpp"
#include "support/error_of.hpp"
#include "support/skip.hpp"
#include "unit/rpm/repo_writer.hpp"
#include "unit/rpm/signing_lab.hpp"

using namespace bundle;
using rpm::KeyFile;
using rpm::Keyring;
using spec::SignedBy;
using test::contains;
using test::SigningLab;

namespace {

constexpr std::int64_t kTwoYears = 2ll * 366 * 86400;

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

bool is_lab_possible() {
  if (!SigningLab::is_possible()) {
    test::skip("gpg, rpmbuild or rpmsign is missing");
    return false;
  }
  return true;
}

/// Replaces the byte at `offset` (from the end, when negative).
void flip(const std::filesystem::path& file, std::ptrdiff_t offset) {
  std::string content = read_file(file, 1 << 20);
  const auto at =
      offset >= 0 ? static_cast<std::size_t>(offset) : content.size() - static_cast<std::size_t>(-offset);
  content[at] = static_cast<char>(content[at] ^ 0x20);
  test::write_text(file, content);
}

constexpr const char* kNevra = "hello-2:1.0-1.noarch";

std::string check(const std::filesystem::path& file, const Keyring& keys, SignedBy by) {
  return refusal([&] { rpm::check_package(file, test::describe(file, kNevra), keys, by); });
}

}  // namespace

TEST_CASE("packages are checked against pinned keys" * doctest::test_suite("outside")) {
  if (!is_lab_possible()) {
    return;
  }
  SigningLab lab;
  const KeyFile key = lab.make_key("vendor");
  const KeyFile other = lab.make_key("stranger");
  const Keyring keys = rpm::load_keys({key}, now(), lab.runner());
  const auto file = lab.build_rpm("hello", key.fingerprint);

  CHECK(check(file, keys, SignedBy::header).empty());
  CHECK(check(file, keys, SignedBy::both).empty());
  CHECK(check(file, keys, SignedBy::repo).empty());

  SUBCASE("unknown key") {
    const Keyring strangers = rpm::load_keys({other}, now(), lab.runner());
    const std::string text = check(file, strangers, SignedBy::header);
    CHECK(contains(text, "it is signed with the unknown key " + key.fingerprint.substr(24)));
    CHECK(contains(text, "signs with this key, pin it in the repository's 'gpgkey'"));
    CHECK(check(file, strangers, SignedBy::repo).empty());  // there the index vouches for it
  }
  SUBCASE("another key of the same file is not trusted by the pin") {
    const KeyFile both{
        .name = "both", .content = other.content + "\n" + key.content, .fingerprint = other.fingerprint};
    CHECK(
        contains(check(file, rpm::load_keys({both}, now(), lab.runner()), SignedBy::header), "unknown key"));
    const KeyFile second{.name = "both", .content = both.content, .fingerprint = key.fingerprint};
    CHECK(check(file, rpm::load_keys({second}, now(), lab.runner()), SignedBy::header).empty());
  }
  SUBCASE("expired key") {
    const Keyring later = rpm::load_keys({key}, now() + kTwoYears, lab.runner());
    const std::string text = check(file, later, SignedBy::header);
    CHECK(contains(text, "which expired on "));
    CHECK(contains(text, "pin the vendor's newer key"));
    CHECK(contains(check(file, later, SignedBy::both), "which expired on "));
    CHECK(check(file, later, SignedBy::repo).empty());
  }
  SUBCASE("tampered payload, with metadata that knows it") {
    flip(file, -40);
    CHECK(contains(check(file, keys, SignedBy::header), "it was changed after it was signed"));
    CHECK(contains(check(file, keys, SignedBy::repo), "content"));
  }
  SUBCASE("tampered header, with metadata that knows it") {
    const std::string content = read_file(file, 1 << 20);
    flip(file, static_cast<std::ptrdiff_t>(content.rfind("/usr/share/")) + 6);
    CHECK_FALSE(check(file, keys, SignedBy::header).empty());
    CHECK_FALSE(check(file, keys, SignedBy::repo).empty());
  }
  SUBCASE("other content than the metadata says") {
    rpm::Package expected = test::describe(file, kNevra);
    expected.checksum[0] = expected.checksum[0] == '0' ? '1' : '0';
    CHECK(contains(refusal([&] { rpm::check_package(file, expected, keys, SignedBy::header); }),
                   "the metadata says"));
    expected = test::describe(file, kNevra);
    expected.size_bytes += 1;
    CHECK(contains(refusal([&] { rpm::check_package(file, expected, keys, SignedBy::header); }), "bytes"));
  }
  SUBCASE("another package than asked for") {
    const rpm::Package expected = test::describe(file, "hello-2:1.1-1.noarch");
    CHECK(contains(refusal([&] { rpm::check_package(file, expected, keys, SignedBy::header); }),
                   "it holds hello-2:1.0-1.noarch"));
  }
  SUBCASE("cut off at any place") {
    const std::string content = read_file(file, 1 << 20);
    for (std::size_t size = 0; size < content.size(); size += 97) {
      test::write_text(file, content.substr(0, size));
      CHECK_FALSE(check(file, keys, SignedBy::header).empty());
    }
  }
}

TEST_CASE("a package signed by a subkey that somebody hung on the vendor's key is refused" *
          doctest::test_suite("outside")) {
  if (!is_lab_possible()) {
    return;
  }
  SigningLab lab;
  KeyFile key = lab.make_key("vendor");
  const KeyFile stranger = lab.make_key("stranger");
  lab.gpg({"--quick-add-key", stranger.fingerprint, "rsa2048", "sign", "1y"});
  const std::string subkey = lab.fingerprints("stranger").at(1);
  const std::string foreign = lab.export_binary(stranger);
  constexpr int kSubkeyTag = 14;
  for (const test::ListedPacket& packet : test::list_packets(lab, foreign)) {
    if (packet.tag == kSubkeyTag) {
      key.content = lab.export_binary(key) + foreign.substr(packet.offset);
    }
  }
  const auto file = lab.build_rpm("hello", subkey + "!");
  const std::string text = check(file, rpm::load_keys({key}, now(), lab.runner()), SignedBy::header);
  CHECK(contains(text, "it is signed with the unknown key " + subkey.substr(24)));
}

TEST_CASE("an unsigned package passes only where the repository's signature vouches for it" *
          doctest::test_suite("outside")) {
  if (!is_lab_possible()) {
    return;
  }
  SigningLab lab;
  const Keyring keys = rpm::load_keys({lab.make_key("vendor")}, now(), lab.runner());
  const auto file = lab.build_rpm("hello");
  CHECK(contains(check(file, keys, SignedBy::header), "it is not signed"));
  CHECK(contains(check(file, keys, SignedBy::both), "it is not signed"));
  CHECK(check(file, keys, SignedBy::repo).empty());
  rpm::Package weak = test::describe(file, kNevra);
  weak.checksum_kind = "sha1";
  CHECK(contains(refusal([&] { rpm::check_package(file, weak, keys, SignedBy::repo); }), "too weak"));
}

TEST_CASE("a key file must hold the pinned key" * doctest::test_suite("outside")) {
  if (!is_lab_possible()) {
    return;
  }
  SigningLab lab;
  KeyFile key = lab.make_key("vendor");
  const std::string real = key.fingerprint;
  key.fingerprint[0] = key.fingerprint[0] == '0' ? '1' : '0';
  const std::string text = refusal([&] { rpm::load_keys({key}, now(), lab.runner()); });
  CHECK(contains(text, "the pinned key " + key.fingerprint + " is not in it; it holds " + real));
  for (std::size_t size = 0; size + 40 < key.content.size(); size += 13) {
    const KeyFile cut{.name = "cut", .content = key.content.substr(0, size), .fingerprint = real};
    CHECK_FALSE(refusal([&] { rpm::load_keys({cut}, now(), lab.runner()); }).empty());
  }
}

TEST_CASE("the signature of repomd.xml is checked" * doctest::test_suite("outside")) {
  if (!is_lab_possible()) {
    return;
  }
  SigningLab lab;
  const KeyFile key = lab.make_key("vendor");
  const KeyFile other = lab.make_key("stranger");
  const Keyring keys = rpm::load_keys({key}, now(), lab.runner());
  const std::string repomd = "<repomd/>\n";
  const std::string signature = lab.sign(repomd, key.fingerprint);
  const auto verify = [&](std::string_view content, std::string_view by, const Keyring& ring) {
    return refusal([&] { rpm::verify_repomd_signature(content, by, ring); });
  };
  CHECK(verify(repomd, signature, keys).empty());
  CHECK(verify(repomd, lab.sign(repomd, other.fingerprint) + signature, keys).empty());
  CHECK(verify(repomd, lab.sign(repomd, key.fingerprint, {"--textmode"}), keys).empty());
  CHECK(contains(verify(repomd + " ", lab.sign(repomd, key.fingerprint, {"--textmode"}), keys),
                 "it was changed"));
  CHECK(contains(verify(repomd + " ", signature, keys), "it was changed after it was signed"));
  CHECK(contains(verify(repomd, lab.sign(repomd, other.fingerprint), keys),
                 "unknown key " + other.fingerprint.substr(24)));
  CHECK(contains(verify(repomd, signature, rpm::load_keys({key}, now() + kTwoYears, lab.runner())),
                 "which expired on "));
  CHECK(contains(verify(repomd, "", keys), "there is no signature in it"));
  CHECK_FALSE(verify(repomd, key.content, keys).empty());
  for (std::size_t size = 0; size + 40 < signature.size(); ++size) {
    CHECK_FALSE(verify(repomd, std::string_view(signature).substr(0, size), keys).empty());
  }
}

namespace {

std::filesystem::path upstream() {
  const char* given = std::getenv("BUNDLE_SHARED");
  std::filesystem::path data =
      std::filesystem::path(given != nullptr ? given : BUNDLE_SOURCE_DIR "/../shared") / "upstream/rpm";
  if (!std::filesystem::exists(data)) {
    test::skip("there is no " + data.string() + " (set BUNDLE_SHARED)");
    return {};
  }
  return data;
}

KeyFile key_file(const std::filesystem::path& file, const std::string& fingerprint) {
  return {.name = file.filename(), .content = read_file(file, 1 << 20), .fingerprint = fingerprint};
}

}  // namespace

TEST_CASE("a real vendor's signed repository and packages are good" * doctest::test_suite("outside")) {
  const auto data = upstream();
  if (data.empty()) {
    return;
  }
  const auto file = data / "gpg-keys/postgresql_PGDG-RPM-GPG-KEY-RHEL";
  PosixRunner runner;
  const Keyring keys =
      rpm::load_keys({key_file(file, "D4BF08AE67A0B4C7A1DBCCD240BCA2B408B40D20")}, now(), runner);
  const std::string repomd = read_file(data / "pgdg15-el8/repodata/repomd.xml", 1 << 20);
  const std::string signature = read_file(data / "pgdg15-el8/repodata/repomd.xml.asc", 1 << 20);
  CHECK_NOTHROW(rpm::verify_repomd_signature(repomd, signature, keys));
  const std::string nevra = "plprofiler_15-4.2-1.rhel8.x86_64";
  const auto package = data / "pgdg15-el8" / (nevra + ".rpm");
  CHECK_NOTHROW(rpm::check_package(package, test::describe(package, nevra), keys, SignedBy::both));

  const std::string foreign = read_file(data / "old-kubernetes-yum/repodata/repomd.xml.asc", 1 << 20);
  const std::string index = read_file(data / "old-kubernetes-yum/repodata/repomd.xml", 1 << 20);
  CHECK(contains(refusal([&] { rpm::verify_repomd_signature(index, foreign, keys); }), "unknown key"));
}

TEST_CASE("a real key file of several blocks gives the pinned key" * doctest::test_suite("outside")) {
  const auto data = upstream();
  if (data.empty()) {
    return;
  }
  PosixRunner runner;
  const auto redhat = data / "gpg-keys/redhat_RPM-GPG-KEY-redhat8-release";
  CHECK_NOTHROW(
      rpm::load_keys({key_file(redhat, "567E347AD0044ADE55BA8A5F199E2F91FD431D51")}, now(), runner));
}

TEST_CASE("real packages tell how they are signed" * doctest::test_suite("outside")) {
  const auto data = upstream();
  if (data.empty()) {
    return;
  }
  const auto signature = [&](const std::string& path) {
    return rpm::package_signatures(read_file(data / path, 1 << 20)).value().at(0);
  };
  const rpm::PackageSignature old = signature("el7-offline-k8s/socat-1.7.3.2-2.el7.x86_64.rpm");  // version 3
  CHECK(old.issuer == "24C6A8A7F4A80EB5");
  CHECK(old.algorithm + "/" + old.digest == "RSA/sha256");
  CHECK(signature("pgdg15-el8/plprofiler_15-4.2-1.rhel8.x86_64.rpm").digest == "sha256");
}
