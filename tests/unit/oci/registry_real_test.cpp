// Oracles: docker-registry serves, skopeo says what is there.
#include <fstream>

#include "base/fs.hpp"
#include "base/parallel.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "net/curl_client.hpp"
#include "oci/registry.hpp"
#include "support/error_of.hpp"
#include "support/skip.hpp"
#include "support/test_server.hpp"

using namespace bundle;
using namespace bundle::oci;

namespace {

constexpr const char* kImages = R"(
layer base 300KiB
layer tool 2MiB
image quay.io/a/list:1 amd64,arm64,arm/v7 docker-list base tool
image quay.io/a/attested:1 arm64,amd64 oci-index+attestations base tool
image quay.io/a/single:1 amd64 docker-manifest tool
image docker.io/library/plain:latest amd64 oci-manifest base
)";

struct World {
  TempDir folder;
  test::TestServer server = start();
  std::string host = "127.0.0.1:" + std::to_string(server.port());
  net::CurlClient http;
  spec::Mirrors mirrors{
      {{"quay.io", {"http://" + host + "/quay.io"}}, {"docker.io", {"http://" + host + "/docker.io"}}}};
  Registry registry{http, mirrors, {}};
  PosixRunner runner;

  test::TestServer start() {
    std::ofstream(folder.path() / "images") << kImages;
    return test::TestServer({"python3", BUNDLE_SOURCE_DIR "/tests/support/lab_registry.py", folder.path(),
                             folder.path() / "images"});
  }
  std::string skopeo(const spec::Reference& reference, const std::string& option) {
    return run_checked(runner,
                       {.argv = {"skopeo", "--override-os", "linux", "--override-arch", "amd64", "inspect",
                                 "--tls-verify=false", option, "docker://" + host + "/" + reference.str()}})
        .out;
  }
};

bool has_programs() {
  const bool has = find_program("docker-registry") && find_program("skopeo");
  if (!has) {
    test::skip("docker-registry or skopeo is not installed");
  }
  return has;
}

}  // namespace

TEST_CASE("what a real registry has is resolved as skopeo sees it, and fetched whole" *
          doctest::test_suite("outside")) {
  if (!has_programs()) {
    return;
  }
  World world;
  for (const std::string name : {"quay.io/a/list:1", "quay.io/a/attested:1", "quay.io/a/single:1", "plain"}) {
    CAPTURE(name);
    const spec::Reference reference = spec::reference(name);
    const ResolvedImage image = world.registry.resolve(reference, "linux/amd64");
    const std::string raw = world.skopeo(reference, "--raw");
    CHECK(image.documents.at(image.digest.str()) == raw);
    CHECK(image.digest == spec::Digest::of(raw));
    std::vector<std::string_view> layers;
    for (std::size_t i = 1; i < image.blobs.size(); ++i) {
      layers.emplace_back(image.blobs[i].digest.str());
    }
    const std::string seen = world.skopeo(reference, "--format={{range .Layers}}{{println .}}{{end}}");
    CHECK(layers == split_words(seen));
    CHECK(world.registry.current_digest(reference) == image.digest);

    parallel_for(image.blobs.size(), 2, [&](std::size_t i) {
      const Blob& blob = image.blobs[i];
      std::string got;
      const net::BodySink sink = [&](Bytes bytes, std::uint64_t offset) {
        got.resize(offset);
        got += as_text(bytes);
      };
      world.registry.fetch_blob(reference, blob, 0, sink);
      const std::string whole = got;
      if (spec::Digest::of(whole) != blob.digest || whole.size() != blob.size_bytes) {
        fail(ErrorKind::integrity, "{} came wrong", blob.digest.str());
      }
      got.resize(got.size() / 2);
      world.registry.fetch_blob(reference, blob, got.size(), sink);
      if (got != whole) {
        fail(ErrorKind::integrity, "the rest of {} came wrong", blob.digest.str());
      }
    });
  }
}

TEST_CASE("a digest reference to one platform's manifest is resolved" * doctest::test_suite("outside")) {
  if (!has_programs()) {
    return;
  }
  World world;
  const ResolvedImage index = world.registry.resolve(spec::reference("quay.io/a/list:1"), "linux/amd64");
  const ResolvedImage single =
      world.registry.resolve(spec::reference("quay.io/a/list@" + index.manifest.str()), "linux/amd64");
  CHECK(single.digest == index.manifest);
  CHECK(single.blobs == index.blobs);
  const ResolvedImage arm = world.registry.resolve(spec::reference("quay.io/a/list:1"), "linux/arm/v7");
  CHECK(arm.digest == index.digest);
  CHECK(arm.manifest != index.manifest);
}
