#include "rpm/package_head.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "support/error_of.hpp"
#include "support/openpgp_bytes.hpp"
#include "support/skip.hpp"
#include "unit/rpm/signing_lab.hpp"

using namespace bundle;
using rpm::package_signatures;
using test::PgpDigest;

TEST_CASE("a package's signatures are read with key, algorithm and digest") {
  const std::string head = test::rpm_head({{268, test::pgp_signature_v4(PgpDigest::sha1)},
                                           {1002, test::pgp_signature_v3(PgpDigest::md5)},
                                           {1000, "no signature"}});
  const auto found = package_signatures(head + "the header and all that follows");
  REQUIRE(found);
  REQUIRE(found->size() == 2);
  for (const rpm::PackageSignature& signature : *found) {
    CHECK(signature.issuer == "0123456789ABCDEF");
    CHECK(signature.algorithm == "RSA");
  }
  CHECK(found->at(0).digest == "sha1");
  CHECK(found->at(1).digest == "md5");
  SUBCASE("an end before that of the signature header is no answer") {
    for (std::size_t size = 0; size < head.size(); ++size) {
      CHECK_FALSE(package_signatures(head.substr(0, size)));
    }
    CHECK(package_signatures(head));
  }
}

TEST_CASE("a package without a signature has none") {
  CHECK(package_signatures(test::rpm_head({}))->empty());
}

TEST_CASE("what is no package, or lies about its size, is refused") {
  const std::string head = test::rpm_head({{268, test::pgp_signature_v4(PgpDigest::sha256)}});
  const auto refused = [](std::string text, std::size_t at, const std::string& bytes) {
    text.replace(at, bytes.size(), bytes);
    const Error error = test::error_of([&] { package_signatures(text); });
    CHECK(error.kind() == ErrorKind::integrity);
  };
  refused("<html>", 0, "");
  refused(head, 96, "x");                      // the header's magic
  refused(head, 104, "\xff\xff\xff\xff");      // entries
  refused(head, 108, "\xff\xff\xff\xff");      // size of the store
  refused(head, 116, test::big_endian(6, 4));  // a type that is not binary
  refused(head, 120, "\xff\xff\xff\xff");      // offset
  refused(head, 124, "\xff\xff\xff\xff");      // count
}

TEST_CASE("what rpmsign made is read as gpg was told to make it" * doctest::test_suite("outside")) {
  if (!test::SigningLab::is_possible()) {
    test::skip("gpg, rpmbuild or rpmsign is missing");
    return;
  }
  test::SigningLab lab;
  const rpm::KeyFile key = lab.make_key("vendor");
  const auto digest_of = [&](const std::string& digest) {
    const auto file = lab.build_rpm("hello", key.fingerprint, digest);
    const auto found = package_signatures(read_file(file, 1 << 20));
    REQUIRE(found);
    REQUIRE_FALSE(found->empty());
    CHECK(found->at(0).issuer == key.fingerprint.substr(24));
    return found->at(0).algorithm + "/" + found->at(0).digest;
  };
  CHECK(digest_of("sha1") == "RSA/sha1");
  CHECK(digest_of("sha512") == "RSA/sha512");
  CHECK(package_signatures(read_file(lab.build_rpm("unsigned"), 1 << 20))->empty());
}
