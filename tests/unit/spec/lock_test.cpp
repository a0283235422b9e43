#include "spec/lock.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/text.hpp"

using namespace bundle;
using spec::Lock;
using spec::VouchedBy;

namespace {

Lock sample() {
  const spec::Digest digest = spec::Digest::of("image");
  return {
      .name = "demo",
      .version = "1.0.0",
      .os = "rhel-8.10",
      .arch = "x86_64",
      .base = "none",
      .locked_at = "2026-11-21T20:00:00Z",
      .inputs = std::string(64, 'a'),
      .images = {{.ref = "docker.io/library/busybox:1.37",
                  .digest = digest,
                  .media_type = "m",
                  .manifest = digest,
                  .platform = "linux/amd64",
                  .documents = {{.digest = digest, .size_bytes = 1}},
                  .vouched = {.by = VouchedBy::first_use}}},
      .repositories = {{.id = "own", .url = "https://r", .signed_by = spec::SignedBy::repo}},
      .rpms = {{.nevra = "a-1-1.noarch", .repository = "own", .url = "https://r/a", .checksum = "ab"}},
      .charts = {{.name = "web",
                  .version = "1.0.0",
                  .archive = {.path = "charts/web-1.0.0.tgz",
                              .source = "https://c/web.tgz",
                              .sha256 = "ab",
                              .vouched = {.by = VouchedBy::openpgp, .key = "AB"}}}},
      .programs = {
          {.path = "bin/helm", .source = "https://h", .sha256 = "cd", .vouched = {.by = VouchedBy::digest}}}};
}

/// The lock as a tool from before vouchers wrote it.
std::string without_vouchers(const Lock& lock) {
  const std::string whole = to_text(lock);
  std::string text;
  for (const std::string_view line : split(whole, '\n')) {
    if (line.find("\"vouched\"") == std::string_view::npos) {
      text += std::string(line) + "\n";
    }
  }
  return replace_all(replace_all(text, ",\n    }", "\n    }"), ",\n      }", "\n      }");
}

}  // namespace

TEST_CASE("a lock says who vouched for what") {
  const Lock lock = sample();
  const std::string text = to_text(lock);
  CHECK(spec::parse_lock(text, "lock") == lock);
  CHECK(text.find(R"("vouched": "first-use")") != std::string::npos);
  CHECK(text.find(R"("vouched": "openpgp:AB")") != std::string::npos);
  CHECK_THROWS_AS(spec::parse_lock(replace_all(text, "first-use", "hearsay"), "lock"), Error);
}

TEST_CASE("a lock from before that is read, and says of nothing who vouched for it") {
  Lock expected = sample();
  expected.images[0].vouched = {};
  expected.charts[0].archive.vouched = {};
  expected.programs[0].vouched = {};
  const Lock old = spec::parse_lock(without_vouchers(sample()), "lock");
  CHECK(old == expected);
  CHECK(to_text(old).find("vouched") == std::string::npos);
  CHECK(spec::describe_changes(old, sample()).empty());
}

TEST_CASE("changes tell who vouches for what is new") {
  const Lock before = sample();
  Lock after = before;
  after.images[0].digest = spec::Digest::of("other");
  after.charts[0].archive.vouched = {.by = VouchedBy::first_use};
  after.rpms.push_back({.nevra = "b-1-1.noarch", .repository = "own"});
  after.programs.clear();
  const std::string from = before.images[0].digest.str();
  CHECK(spec::describe_changes(before, after) ==
        std::vector<std::string>{"~ chart web vouched: OpenPGP key AB -> first use",
                                 "~ image docker.io/library/busybox:1.37 " + from + " -> " +
                                     after.images[0].digest.str() + " (first use)",
                                 "- program bin/helm", "+ rpm b-1-1.noarch from own (signed metadata)"});
}

TEST_CASE("packages are vouched for as their repository signs") {
  Lock lock = sample();
  const auto voucher = [&] { return spec::vouched_of(lock).at(1).voucher; };
  CHECK(voucher() == spec::Voucher{.by = VouchedBy::metadata});
  lock.repositories[0].signed_by = spec::SignedBy::both;
  lock.repositories[0].keys = {{.key = {.url = "https://k", .fingerprint = "AB"}}};
  CHECK(voucher() == spec::Voucher{.by = VouchedBy::openpgp, .key = "AB"});
  lock.repositories.clear();
  CHECK(voucher() == spec::Voucher{});
}
