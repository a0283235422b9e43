#include "build/signature_policy.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "support/build_world.hpp"
#include "support/error_of.hpp"
#include "support/openpgp_bytes.hpp"

using namespace bundle;
using test::contains;
using test::PgpDigest;

namespace {

std::string signed_with(PgpDigest digest) {
  return test::rpm_head({{268, test::pgp_signature_v4(digest)}}) + std::string(50000, 'p');
}

/// Two repositories, of which the second signs its metadata alone.
struct Upstream : test::BuildWorld {
  spec::Target el9{.name = "centos-stream-9", .refused_digests = {"md5", "sha1"}};
  std::vector<spec::LockedRepository> repositories{
      {.id = "vendor", .url = "https://v"},
      {.id = "nvidia", .url = "https://n", .signed_by = spec::SignedBy::repo}};
  std::vector<spec::LockedRpm> rpms;

  Upstream() {
    world.cache_root = folder.path();
    world.jobs = 1;
  }
  void add(const std::string& name, const std::string& content, const std::string& repository = "vendor") {
    const std::string url = "https://" + repository + "/" + name + ".rpm";
    http.serve(url, content);
    rpms.push_back({.nevra = name + "-1-1.x86_64",
                    .repository = repository,
                    .url = url,
                    .checksum = sha256_hex(content),
                    .size_bytes = content.size()});
  }
  void add_key(const std::string& content) {
    http.serve("https://v/key", content);
    repositories[0].keys = {{.key = {.url = "https://v/key"}, .sha256 = sha256_hex(content)}};
  }
  /// What gpg says of every key file: a certificate with a subkey, each with the number of a digest.
  void list_key(const std::string& primary, const std::string& subkey) {
    runner.on({"gpg"}, {.out = "pub:-:4096:1:0:1:::-:::sc::::::23::0:\nfpr:::::::::0A68:\nuid:-::::1::0::v:\n"
                               "sig:!::1:0:1::::v:13x:::::" +
                               primary +
                               ":\nsub:-:4096:1:0:1::::::s::::::23:\nfpr:::::::::E2F4:\n"
                               "sig:!::1:0:1::::v:18x:::::" +
                               subkey + ":\n"});
  }
  void look() { build::require_signatures(rpms, repositories, el9, world); }
  std::string refusal() {
    const Error error = test::error_of([&] { look(); });
    CHECK(error.kind() == ErrorKind::integrity);
    return render(error);
  }
};

}  // namespace

TEST_CASE("packages whose signature the target refuses are named at lock, with key and digest") {
  Upstream up;
  up.add("good", signed_with(PgpDigest::sha256));
  up.add("old", signed_with(PgpDigest::sha1));
  up.add("older", signed_with(PgpDigest::md5));
  const std::string text = up.refusal();
  CHECK(contains(text,
                 "rpm of centos-stream-9 takes no signature with MD5 or SHA1: old-1-1.x86_64 of repository "
                 "vendor is signed with RSA/SHA1 by key 0123456789ABCDEF; older-1-1.x86_64 of repository "
                 "vendor is signed with RSA/MD5 by key 0123456789ABCDEF"));
  CHECK(contains(text, "hint: take builds that their vendor signed with SHA256 or better"));
  CHECK_FALSE(contains(text, "good-1"));
  SUBCASE("of many the first ten") {
    for (int i = 0; i < 20; ++i) {
      up.add("p" + std::to_string(i), signed_with(PgpDigest::sha1));
    }
    CHECK(contains(up.refusal(), "; and 12 more"));
  }
  SUBCASE("a target that takes them is asked nothing") {
    const std::size_t asked = up.http.requests().size();
    up.el9.refused_digests.clear();
    up.look();
    CHECK(up.http.requests().size() == asked);
  }
}

TEST_CASE("only the head of a package is fetched to look at its signature, more where that is long") {
  Upstream up;
  up.add("good", signed_with(PgpDigest::sha256));
  up.look();
  REQUIRE(up.http.requests().size() == 1);
  CHECK(up.http.requests()[0].head_bytes == 16384);
  up.rpms.clear();
  up.add("long",
         test::rpm_head({{1000, std::string(40000, 'i')}, {268, test::pgp_signature_v4(PgpDigest::sha1)}}) +
             std::string(50000, 'p'));
  CHECK(contains(up.refusal(), "long-1-1.x86_64"));
  CHECK(up.http.requests().size() == 3);
}

TEST_CASE("a package in the cache is looked at there") {
  Upstream up;
  up.add("old", signed_with(PgpDigest::sha1));
  up.fetcher.fetch({.url = up.rpms[0].url, .hex = up.rpms[0].checksum});
  CHECK(contains(up.refusal(), "old-1-1.x86_64"));
  CHECK(up.http.requests().size() == 1);
}

TEST_CASE("where only the index vouches for packages, no signature counts") {
  Upstream up;
  up.add("old", signed_with(PgpDigest::sha1), "nvidia");
  up.look();
  CHECK(up.http.requests().empty());
}

TEST_CASE("a package that cannot be looked at now is passed over, and its repository left alone") {
  Upstream up;
  up.add("gone", signed_with(PgpDigest::sha1));
  up.add("gone-too", signed_with(PgpDigest::sha1));
  up.rpms[0].url += ".absent";
  up.look();
  CHECK(up.http.requests().size() == 1);
  SUBCASE("until its file is here") {
    const std::filesystem::path file = up.folder.path() / "gone.rpm";
    write_file_atomically(file, signed_with(PgpDigest::sha1));
    const Error error = test::error_of([&] { build::require_signatures_of(up.rpms[0], file, up.el9); });
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(contains(error.message(), "gone-1-1.x86_64 of repository vendor is signed with RSA/SHA1"));
    write_file_atomically(file, signed_with(PgpDigest::sha256));
    CHECK_NOTHROW(build::require_signatures_of(up.rpms[0], file, up.el9));
  }
}

TEST_CASE(
    "a key that the target's rpm cannot import is refused, one that is only certified with SHA-1 is not") {
  Upstream up;
  up.add("good", signed_with(PgpDigest::sha256));
  up.add_key("a key file");
  up.list_key("2", "8");
  up.look();
  up.list_key("8", "2");
  const std::string text = up.refusal();
  CHECK(contains(
      text, "the key file https://v/key of repository vendor has a subkey E2F4 that is bound to key 0A68 "));
  CHECK(contains(text, "with SHA1, so that it cannot be imported"));
  SUBCASE("where nothing is checked with it, it is nobody's") {
    up.repositories[0].signed_by = spec::SignedBy::repo;
    up.look();
  }
}
