#include "serve/loopback.hpp"

#include <doctest/doctest.h>

#include <atomic>

#include "base/error.hpp"
#include "support/loopback_client.hpp"
#include "support/served_bundle.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using test::holds;
using test::http_get;

namespace {

/// A registry on loopback out of a small bundle.
struct Running {
  test::ServedBundle bundle;
  std::atomic<std::uint64_t> sent = 0;
  serve::Loopback loopback{bundle.media, [this](std::uint64_t bytes) { sent += bytes; }};

  test::HttpAnswer get(const std::string& path) const { return http_get(loopback.url() + path); }
  const std::string& blob(const std::string& digest) const {
    return bundle.content("blobs/sha256/" + digest.substr(digest.find(':') + 1));
  }
};

}  // namespace

TEST_CASE("an image is there under the path of its own registry, and what went out is counted") {
  const Running running;
  const test::HttpAnswer manifest =
      running.get("/v2/example/tool/manifests/" + running.bundle.manifest + "?ns=quay.io");
  CHECK(manifest.status == 200);
  CHECK(manifest.body == running.blob(running.bundle.manifest));
  const test::HttpAnswer layer =
      running.get("/v2/example/tool/blobs/" + running.bundle.layer + "?ns=quay.io");
  CHECK(layer.body == running.blob(running.bundle.layer));
  CHECK(running.sent == manifest.body.size() + layer.body.size());
  running.loopback.rethrow_fault(running.bundle.layer);
}

TEST_CASE("who does not know the path gets nothing, and nobody gets more than images") {
  const Running running;
  const std::string url = running.loopback.url();
  const std::string place = url.substr(0, url.rfind('/'));
  CHECK(url.size() - place.size() == 1 + 32);
  CHECK(http_get(place + "/v2/").status == 404);
  CHECK(http_get(place + "/" + std::string(32, '0') + "/v2/").status == 404);
  CHECK(running.get("/files/model.gguf").status == 404);
  CHECK(running.get("/v2/../bundle/bundle.json").status == 400);
  const std::string other = Running().loopback.url();
  CHECK(other.substr(other.rfind('/')) != url.substr(url.rfind('/')));
}

TEST_CASE("a stick that was pulled out is a fault of all that is on it") {
  Running running;
  std::filesystem::remove(running.bundle.part_of("blobs/sha256/" + running.bundle.layer.substr(7)));
  CHECK(running.get("/v2/example/tool/blobs/" + running.bundle.layer + "?ns=quay.io").status == 503);
  CHECK(holds(test::thrown_by([&] { running.loopback.rethrow_fault(running.bundle.layer); }).message(),
              "is not there"));
}
