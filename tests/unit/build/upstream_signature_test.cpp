#include "build/upstream_signature.hpp"

#include <doctest/doctest.h>

#include <ctime>

#include "base/text.hpp"
#include "support/build_world.hpp"
#include "support/error_of.hpp"
#include "support/gpg_lab.hpp"

using namespace bundle;
using openpgp::KeyFile;
using test::contains;

namespace {

const std::string kArchive = "https://c.example/stable/web-1.0.0.tgz";
const std::string kSha256 = sha256_hex("the archive");

/// A vendor and a stranger with keys, and what is published.
struct Vendor : test::BuildWorld {
  test::GpgLab lab;
  KeyFile vendor = lab.make_key("vendor");
  KeyFile stranger = lab.make_key("stranger");
  std::vector<spec::GpgKey> keys{{.url = "https://c.example/key", .fingerprint = vendor.fingerprint}};

  Vendor() {
    http.serve("https://c.example/key", vendor.content);
    runner.on({"gpg"}, [this](const Command& command) { return lab.runner().run(command); });
    world.now = std::time(nullptr);
  }
  std::string provenance(const KeyFile& by, const std::string& name, const std::string& sha256) {
    return lab.gpg({"--clearsign", "--local-user", by.fingerprint, "--output", "-"},
                   "apiVersion: v2\nname: web\nname: web\nversion: 1.0.0\n\n...\nfiles:\n  " + name +
                       ": sha256:" + sha256 + "\n");
  }
  spec::Voucher check() {
    return build::voucher_by_provenance(kArchive, "web-1.0.0.tgz", kSha256, keys, world);
  }
  std::string refusal(const std::string& published) {
    http.serve(kArchive + ".prov", published);
    const Error error = test::error_of([&] { check(); });
    CHECK(error.kind() == ErrorKind::integrity);
    return render(error);
  }
};

}  // namespace

TEST_CASE("a chart's provenance is signed by the pinned key, for this chart, version and content" *
          doctest::test_suite("outside")) {
  if (!test::GpgLab::is_possible()) {
    return;
  }
  Vendor up;
  const std::string id = up.stranger.fingerprint.substr(24);
  const Error none = test::error_of([&] { up.check(); });
  CHECK(none.kind() == ErrorKind::integrity);
  CHECK(contains(render(none), "a key is pinned for it, and there is no signature"));
  const std::string good = up.provenance(up.vendor, "web-1.0.0.tgz", kSha256);
  up.http.serve(kArchive + ".prov", good);
  CHECK(up.check() == spec::Voucher{.by = spec::VouchedBy::openpgp, .key = up.vendor.fingerprint});
  CHECK(contains(up.refusal(up.provenance(up.stranger, "web-1.0.0.tgz", kSha256)), "unknown key " + id));
  CHECK(contains(up.refusal(up.provenance(up.vendor, "web-0.9.0.tgz", kSha256)),
                 "what is signed says nothing of web-1.0.0.tgz"));
  CHECK(contains(up.refusal(up.provenance(up.vendor, "web-1.0.0.tgz", std::string(64, '0'))),
                 "web-1.0.0.tgz has the digest sha256:" + kSha256 + ", and sha256:0000"));
  CHECK(contains(up.refusal(replace_all(good, kSha256, std::string(64, '0'))),
                 "it was changed after it was signed"));
  CHECK(contains(up.refusal("apiVersion: v2\n...\nfiles:\n  web-1.0.0.tgz: sha256:" + kSha256 + "\n"),
                 "there is no signature in it"));
  CHECK(contains(up.refusal("<html>"), "while checking the provenance " + kArchive + ".prov"));
}

TEST_CASE("a detached signature is of this content, by the pinned key" * doctest::test_suite("outside")) {
  if (!test::GpgLab::is_possible()) {
    return;
  }
  Vendor up;
  const std::filesystem::path file = up.folder.path() / "archive";
  write_file_atomically(file, "the archive");
  const spec::UpstreamSignature signature{.url = "https://c.example/archive.asc", .gpgkeys = up.keys};
  const auto refused = [&](const std::string& published) {
    up.http.serve(signature.url, published);
    const Error error = test::error_of([&] { build::voucher_by_signature(file, signature, up.world); });
    CHECK(error.kind() == ErrorKind::integrity);
    return render(error);
  };
  up.http.serve(signature.url, up.lab.sign("the archive", up.vendor.fingerprint));
  CHECK(build::voucher_by_signature(file, signature, up.world) ==
        spec::Voucher{.by = spec::VouchedBy::openpgp, .key = up.vendor.fingerprint});
  CHECK(contains(refused(up.lab.sign("the archive", up.stranger.fingerprint)), "unknown key"));
  CHECK(
      contains(refused(up.lab.sign("another", up.vendor.fingerprint)), "it was changed after it was signed"));
  const std::string good = up.lab.sign("the archive", up.vendor.fingerprint);
  up.lab.revoke(up.vendor);
  up.http.serve("https://c.example/key", up.lab.export_key(up.vendor).content);
  CHECK(contains(refused(good), "which is revoked"));
}
