#include "build/vouch.hpp"

#include <doctest/doctest.h>

#include "support/error_of.hpp"

using namespace bundle;
using spec::VouchedBy;
using spec::Voucher;
using test::contains;

namespace {

const std::string kSha256 = sha256_hex("content");
const Voucher kFirstUse{.by = VouchedBy::first_use};

spec::Versions versions(const std::string& name, const std::string& sha256) {
  spec::Versions made{.file = "versions.yml"};
  made.digests.emplace(name, spec::Digest::of_hex(sha256));
  return made;
}

spec::Lock lock_with(const Voucher& image, const Voucher& chart, const Voucher& program) {
  return {.images = {{.ref = "docker.io/library/busybox:1.37",
                      .digest = spec::Digest::of("i"),
                      .manifest = spec::Digest::of("i"),
                      .vouched = image}},
          .charts = {{.name = "web",
                      .archive = {.path = "charts/web-1.0.0.tgz", .sha256 = kSha256, .vouched = chart}}},
          .programs = {{.path = "bin/helm", .sha256 = kSha256, .vouched = program}}};
}

}  // namespace

TEST_CASE("a digest of versions.yml vouches for what has it, and nothing else gets by") {
  const spec::Versions pinned = versions("charts/web-1.0.0.tgz", kSha256);
  CHECK(build::voucher_of(pinned, "charts/web-1.0.0.tgz", kSha256, kFirstUse) ==
        Voucher{.by = VouchedBy::digest});
  CHECK(build::voucher_of(pinned, "charts/other.tgz", kSha256, kFirstUse) == kFirstUse);
  const Error error =
      test::error_of([&] { build::voucher_of(pinned, "charts/web-1.0.0.tgz", sha256_hex("x"), kFirstUse); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(contains(render(error), "charts/web-1.0.0.tgz has the digest sha256:" + sha256_hex("x") +
                                    ", but 'digests' says sha256:" + kSha256));
  SUBCASE("of a program, that of its archive as well") {
    const spec::Versions program = versions("bin/helm", kSha256);
    CHECK(build::voucher_of(program, "bin/helm", sha256_hex("x"), kFirstUse, kSha256).by ==
          VouchedBy::digest);
  }
  SUBCASE("a signature says more") {
    const Voucher key{.by = VouchedBy::openpgp, .key = "AB"};
    CHECK(build::voucher_of(pinned, "charts/web-1.0.0.tgz", kSha256, key) == key);
  }
}

TEST_CASE("where first use is refused, everything that nobody vouches for is named as it can be pasted") {
  spec::Versions strict{.file = "versions.yml", .refuses_first_use = true};
  const Error error = test::error_of(
      [&] { build::refuse_first_use(strict, lock_with(kFirstUse, {}, {.by = VouchedBy::digest})); });
  CHECK(error.kind() == ErrorKind::integrity);
  const std::string text = render(error);
  CHECK(contains(text, "nobody vouches for 2 artefacts"));
  CHECK(contains(text, "\n  \"charts/web-1.0.0.tgz\": sha256:" + kSha256 + "\n"));
  CHECK(contains(text, "\n  \"docker.io/library/busybox:1.37\": " + spec::Digest::of("i").str()));
  CHECK_FALSE(contains(text, "bin/helm"));
  CHECK_NOTHROW(build::refuse_first_use(
      strict,
      lock_with({.by = VouchedBy::digest}, {.by = VouchedBy::openpgp, .key = "AB"}, {.by = VouchedBy::own})));
  strict.refuses_first_use = false;
  CHECK_NOTHROW(build::refuse_first_use(strict, lock_with(kFirstUse, kFirstUse, kFirstUse)));
}
