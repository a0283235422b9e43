#include "spec/target.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "support/error_of.hpp"

using namespace bundle;
using Strings = std::vector<std::string>;

namespace {

spec::Target target_of(const std::string& platform, const std::string& more = {}) {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "t.yml";
  write_file_atomically(
      file, "target: t\nos: {id: rhel, version: \"9.4\"}\nplatform-id: " + platform + "\n" + more);
  return spec::load_target(file);
}

}  // namespace

TEST_CASE("from EL 9 on a target refuses signatures with MD5 and SHA-1, unless it says otherwise") {
  CHECK(target_of("platform:el9").refused_digests == Strings{"md5", "sha1"});
  CHECK(target_of("platform:el10").refused_digests == Strings{"md5", "sha1"});
  CHECK(target_of("platform:el8").refused_digests.empty());
  CHECK(target_of("platform:f41").refused_digests.empty());
  CHECK(target_of("platform:el9", "refuse-signatures: []\n").refused_digests.empty());
  CHECK(target_of("platform:el8", "refuse-signatures: [md5]\n").refused_digests == Strings{"md5"});
}

TEST_CASE("a digest that no signature has is an error with its place") {
  const Error error = test::error_of([] { target_of("platform:el9", "refuse-signatures: [sha-1]\n"); });
  CHECK(error.kind() == ErrorKind::spec);
  CHECK(test::contains(render(error), "t.yml:4:"));
  CHECK(test::contains(
      render(error),
      "'refuse-signatures' is a list of md5, sha1, sha224, sha256, sha384, sha512, not of 'sha-1'"));
}

TEST_CASE("the targets that come along say which signatures they refuse") {
  const std::filesystem::path targets = BUNDLE_SOURCE_DIR "/rpm-lists/targets";
  for (const std::string name : {"centos-stream-9", "rhel-9.4", "rocky-9"}) {
    CHECK(spec::load_target(targets / (name + ".yml")).refused_digests == Strings{"md5", "sha1"});
  }
  CHECK(spec::load_target(targets / "rhel-8.10.yml").refused_digests.empty());
}
