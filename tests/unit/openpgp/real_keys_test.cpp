// Key files as vendors publish them, and those that rpm's own tests are made of.
#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "base/fs.hpp"
#include "openpgp/keyring.hpp"
#include "support/skip.hpp"

using namespace bundle;

namespace {

struct RealKeys {
  std::filesystem::path folder;
  PosixRunner runner;

  RealKeys() {
    const char* given = std::getenv("BUNDLE_SHARED");
    folder =
        std::filesystem::path(given != nullptr ? given : BUNDLE_SOURCE_DIR "/../shared") / "upstream/rpm";
  }
  bool are_here() const {
    if (!find_program("gpg") || !std::filesystem::exists(folder)) {
      test::skip("there is no gpg, or no " + folder.string() + " (set BUNDLE_SHARED)");
      return false;
    }
    return true;
  }
  std::string content(const std::string& name) const { return read_file(folder / name, 1 << 20); }
  std::vector<openpgp::Certificate> certificates(const std::string& name) {
    return openpgp::Gpg(runner).show_keys(content(name));
  }
};

}  // namespace

TEST_CASE("each vendor's keys are signed by themselves and can be taken out" *
          doctest::test_suite("outside")) {
  RealKeys real;
  if (!real.are_here()) {
    return;
  }
  for (const std::string& name : list_folder(real.folder / "gpg-keys")) {
    CAPTURE(name);
    if (name.find("PQC") != std::string::npos) {
      continue;  // version 6, which gpg does not know
    }
    const std::string content = real.content("gpg-keys/" + name);
    const auto certificates = real.certificates("gpg-keys/" + name);
    CHECK_FALSE(certificates.empty());
    for (const openpgp::Certificate& certificate : certificates) {
      CHECK(certificate.is_signed_by_self);
      const openpgp::Keyring keys(
          {{.name = name, .content = content, .fingerprint = certificate.keys.at(0).fingerprint}},
          std::time(nullptr), real.runner, "it");
      CHECK_FALSE(keys.keys().at(0).packets.empty());
    }
  }
  CHECK(real.certificates("gpg-keys/redhat_RPM-GPG-KEY-redhat8-release").size() == 2);
}

TEST_CASE("it is known with which digest a subkey is bound" * doctest::test_suite("outside")) {
  RealKeys real;
  if (!real.are_here()) {
    return;
  }
  const auto bound_with_sha1 = [&](const std::string& name) {
    int count = 0;
    for (const openpgp::Certificate& certificate : real.certificates("gpg-keys/" + name)) {
      for (std::size_t i = 1; i < certificate.keys.size(); ++i) {
        count += certificate.keys[i].first_signature_digest == "sha1" ? 1 : 0;
      }
    }
    return count;
  };
  // Those of EL 9, which its rpm imports.
  for (const char* name :
       {"redhat_RPM-GPG-KEY-redhat9-release", "centos_RPM-GPG-KEY-CentOS-9", "alma_RPM-GPG-KEY-AlmaLinux-9",
        "rocky_RPM-GPG-KEY-Rocky-9", "epel_RPM-GPG-KEY-EPEL-9", "kubernetes_repomd.xml.key"}) {
    CAPTURE(name);
    CHECK(bound_with_sha1(name) == 0);
  }
  CHECK(bound_with_sha1("oraclelinux_RPM-GPG-KEY-oracle-ol8") == 1);
}

TEST_CASE("revoked and expired subkeys are known" * doctest::test_suite("outside")) {
  RealKeys real;
  if (!real.are_here()) {
    return;
  }
  const auto keys = [&](const std::string& name) {
    return real.certificates("rpm-testdata/keys/" + name).at(0).keys;
  };
  CHECK(keys("alice-revoked-subkey.asc").at(1).is_revoked);
  CHECK_FALSE(keys("alice-revoked-subkey.asc").at(0).is_revoked);
  CHECK(keys("alice-expired-subkey.asc").at(1).expires_at == 1649721615);
}
