#include "build/image_entries.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.hpp"

using namespace bundle;

namespace {

spec::Digest digest(char c) { return spec::Digest::of_hex(std::string(64, c)); }

spec::LockedImage image(const std::string& ref, char top, std::vector<spec::LockedBlob> blobs,
                        spec::Roles roles) {
  return {.ref = ref,
          .digest = digest(top),
          .media_type = "application/vnd.oci.image.manifest.v1+json",
          .manifest = digest(top),
          .platform = "linux/amd64",
          .documents = {{.digest = digest(top), .size_bytes = 500}},
          .blobs = std::move(blobs),
          .roles = std::move(roles)};
}

std::vector<std::string> names(const std::string& index) {
  std::vector<std::string> found;
  const json::Value root = json::parse(index, "index.json");
  for (const json::Value& descriptor : *root.find("manifests")->if_array()) {
    found.push_back(*descriptor.find("annotations")->find("io.containerd.image.name")->if_string());
  }
  return found;
}

}  // namespace

TEST_CASE("a shared blob is one entry that all its images' roles need") {
  const spec::Lock lock{
      .images = {image("a.example/x:1", '1', {{digest('a'), 10}, {digest('b'), 20}}, {"master"}),
                 image("a.example/y:1", '2', {{digest('a'), 10}}, {"gpu"})}};
  const std::vector<build::PlannedEntry> entries = build::image_entries(lock);
  REQUIRE(entries.size() == 6);  // oci-layout, index.json, two manifests, two blobs
  const auto shared = std::find_if(entries.begin(), entries.end(), [](const build::PlannedEntry& entry) {
    return entry.path.str() == "blobs/sha256/" + std::string(64, 'a');
  });
  REQUIRE(shared != entries.end());
  CHECK(shared->roles == spec::Roles{"gpu", "master"});
}

TEST_CASE("a blob with two sizes is refused") {
  const spec::Lock lock{.images = {image("a.example/x:1", '1', {{digest('a'), 10}}, {}),
                                   image("a.example/y:1", '2', {{digest('a'), 11}}, {})}};
  CHECK_THROWS_AS(build::image_entries(lock), Error);
}

TEST_CASE("an image is named as the kubelet may ask for it") {
  const std::string by_digest = "@" + digest('1').str();
  const spec::Lock lock{.images = {image("a.example/x:1" + by_digest, '1', {}, {}),
                                   image("a.example/y:2", '2', {}, {}),
                                   image("a.example/z" + by_digest, '1', {}, {})}};
  CHECK(names(build::oci_index(lock)) ==
        std::vector<std::string>{"a.example/x:1", "a.example/x:1" + by_digest, "a.example/x" + by_digest,
                                 "a.example/y:2", "a.example/z" + by_digest});
}

TEST_CASE("an image of Docker's types comes as an OCI index first") {
  spec::LockedImage list = image("a.example/list:1", '1', {}, {"gpu"});
  list.media_type = "application/vnd.docker.distribution.manifest.list.v2+json";
  spec::LockedImage single = image("a.example/single:1", '2', {}, {"gpu"});
  single.media_type = "application/vnd.docker.distribution.manifest.v2+json";
  single.platform = "linux/arm64/v8";
  const spec::Lock lock{.images = {list, single}};

  const json::Value root = json::parse(build::oci_index(lock), "index.json");
  const json::Array& rows = *root.find("manifests")->if_array();
  REQUIRE(rows.size() == 4);
  CHECK(*rows[1].find("mediaType")->if_string() == list.media_type);
  CHECK(*rows[3].find("mediaType")->if_string() == single.media_type);
  CHECK(*rows[0].find("digest")->if_string() == list.digest.str());
  for (const std::size_t i : {0, 2}) {
    CHECK(*rows[i].find("mediaType")->if_string() == "application/vnd.oci.image.index.v1+json");
    const json::Value& annotations = *rows[i].find("annotations");
    CHECK(*annotations.find("org.opencontainers.image.ref.name")->if_string() ==
          *rows[i + 1].find("annotations")->find("io.containerd.image.name")->if_string());
    CHECK(annotations.find("io.containerd.image.name")
              ->if_string()
              ->ends_with("@" + *rows[i].find("digest")->if_string()));
  }

  const std::string around = rows[2].find("digest")->if_string()->substr(std::string("sha256:").size());
  const std::vector<build::PlannedEntry> entries = build::image_entries(lock);
  const auto made =
      std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.sha256 == around; });
  REQUIRE(made != entries.end());
  CHECK(made->path.str() == "blobs/sha256/" + around);
  CHECK(made->roles == spec::Roles{"gpu"});
  const json::Value index = json::parse(std::get<build::FromMemory>(made->source).bytes, "made");
  const json::Value& manifest = index.find("manifests")->if_array()->at(0);
  CHECK(*manifest.find("digest")->if_string() == single.digest.str());
  CHECK(*manifest.find("platform")->find("variant")->if_string() == "v8");
}
