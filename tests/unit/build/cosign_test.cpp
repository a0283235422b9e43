#include "build/cosign.hpp"

#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "base/text.hpp"
#include "signing/key.hpp"
#include "support/build_world.hpp"
#include "support/error_of.hpp"

using namespace bundle;
using spec::VouchedBy;
using test::contains;

namespace {

const spec::Digest kImage = spec::Digest::of("image");

std::string payload(const spec::Digest& digest,
                    const std::string& type = "cosign container image signature") {
  return R"({"critical":{"identity":{"docker-reference":"ghcr.io/org/app"},"image":{"docker-manifest-digest":")" +
         digest.str() + R"("},"type":")" + type + R"("},"optional":null})";
}

/// A registry with one image, and a vendor's key and a stranger's.
struct Registry : test::BuildWorld {
  signing::PrivateKey vendor = signing::PrivateKey::generate();
  signing::PrivateKey stranger = signing::PrivateKey::generate();
  build::Inputs inputs;
  std::vector<spec::LockedImage> images{{.ref = "ghcr.io/org/app:1.0",
                                         .digest = kImage,
                                         .manifest = kImage,
                                         .vouched = {.by = VouchedBy::first_use}},
                                        {.ref = "ghcr.io/other/app:1.0",
                                         .digest = kImage,
                                         .manifest = kImage,
                                         .vouched = {.by = VouchedBy::first_use}}};
  std::string layers;

  Registry() {
    world.jobs = 1;
    inputs.versions.cosign = {{.images = "ghcr.io/org/", .pem = vendor.public_key().pem()}};
  }
  void add_signature(const std::string& signed_text, const signing::PrivateKey& key) {
    const std::string digest = "sha256:" + sha256_hex(signed_text);
    http.serve("https://ghcr.io/v2/org/app/blobs/" + digest, signed_text);
    layers +=
        (layers.empty() ? "" : ",") +
        fmt::format(
            R"({{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","size":{},"digest":"{}",)"
            R"("annotations":{{"dev.cosignproject.cosign/signature":"{}"}}}})",
            signed_text.size(), digest, base64_encode(key.sign(as_bytes(signed_text))));
  }
  void publish() {
    const std::string manifest =
        R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{},"layers":[)" +
        layers + "]}";
    const std::string digest = "sha256:" + sha256_hex(manifest);
    const std::string base = "https://ghcr.io/v2/org/app/manifests/";
    http.serve(base + replace_all(kImage.str(), ":", "-") + ".sig", manifest,
               {{"docker-content-digest", digest}});
    http.serve(base + digest, manifest);
  }
  void look() { build::vouch_by_cosign(images, inputs, world); }
  std::string refusal() {
    publish();
    const Error error = test::error_of([&] { look(); });
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(images[0].vouched.by == VouchedBy::first_use);
    return render(error);
  }
};

}  // namespace

TEST_CASE("an image is vouched for by the cosign key that signed its digest") {
  Registry registry;
  registry.add_signature(payload(kImage), registry.stranger);
  registry.add_signature(payload(kImage), registry.vendor);
  registry.publish();
  registry.look();
  CHECK(registry.images[0].vouched ==
        spec::Voucher{.by = VouchedBy::cosign, .key = registry.vendor.public_key().id()});
  CHECK(registry.images[1].vouched.by == VouchedBy::first_use);  // no key is pinned for it
}

TEST_CASE("no signature, or one of another key, another image or another kind of payload is refused") {
  Registry registry;
  SUBCASE("none at all") {
    const Error error = test::error_of([&] { registry.look(); });
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(contains(render(error), "a cosign key is pinned for it, and there is no signature"));
    CHECK(contains(render(error), "while checking the cosign signature of ghcr.io/org/app:1.0"));
  }
  SUBCASE("an empty list") { CHECK(contains(registry.refusal(), "no signature of " + kImage.str())); }
  SUBCASE("another key") {
    registry.add_signature(payload(kImage), registry.stranger);
    CHECK(contains(registry.refusal(), "is by a key that is pinned for it"));
  }
  SUBCASE("another image") {
    registry.add_signature(payload(spec::Digest::of("other")), registry.vendor);
    CHECK(contains(registry.refusal(), "no signature of"));
  }
  SUBCASE("another type") {
    registry.add_signature(payload(kImage, "atomic"), registry.vendor);
    CHECK(contains(registry.refusal(), "no signature of"));
  }
  SUBCASE("a signed payload that is no JSON") {
    registry.add_signature("text", registry.vendor);
    CHECK(contains(registry.refusal(), "a signed payload"));
  }
  SUBCASE("a payload that was exchanged") {
    registry.add_signature(payload(kImage), registry.vendor);
    const std::string digest = "sha256:" + sha256_hex(payload(kImage));
    registry.http.serve("https://ghcr.io/v2/org/app/blobs/" + digest, payload(spec::Digest::of("x")));
    CHECK(contains(registry.refusal(), "delivers other bytes"));
  }
  SUBCASE("no list of signatures") {
    registry.layers = "\"x\"";
    CHECK(contains(registry.refusal(), "no signature of"));
  }
}

TEST_CASE("a key for an image is a public key on P-256") {
  Registry registry;
  registry.inputs.versions.cosign[0].pem = "text";
  const Error error = test::error_of([&] { registry.look(); });
  CHECK(error.kind() == ErrorKind::spec);
  CHECK(registry.http.requests().empty());
}

TEST_CASE("a key covers one repository, or all below a final slash") {
  const spec::Reference app = spec::reference("ghcr.io/org/app:1");
  CHECK(build::covers("ghcr.io/org/app", app));
  CHECK(build::covers("ghcr.io/org/", app));
  CHECK_FALSE(build::covers("ghcr.io/org", app));
  CHECK_FALSE(build::covers("ghcr.io/org/ap", app));
  CHECK_FALSE(build::covers("ghcr.io/organisation/", app));
  CHECK_FALSE(build::covers("evil.io/ghcr.io/org/", app));
}
