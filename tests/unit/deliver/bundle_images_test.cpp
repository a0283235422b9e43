#include "deliver/bundle_images.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.hpp"
#include "support/served_bundle.hpp"
#include "support/thrown.hpp"

namespace bundle::deliver {
namespace {

struct Opened {
  test::ServedBundle bundle;
  std::vector<Finding> findings;
  format::PartSet parts{bundle.index(), {bundle.folder()}, findings};
};

}  // namespace

TEST_CASE("an image has all its names once, and the blobs that the bundle has of it") {
  const Opened opened;
  const std::vector<BundleImage> images = bundle_images(opened.bundle.index(), opened.parts, {"master"});
  REQUIRE(images.size() == 3);
  const auto with = [&](const std::string& digest) {
    return *std::ranges::find_if(images, [&](const BundleImage& image) { return image.digest == digest; });
  };
  CHECK(with(opened.bundle.docker).names ==
        std::vector<std::string>{"docker.io/library/busybox:1.36", "docker.io/library/busybox:1.38",
                                 "docker.io/library/busybox@" + opened.bundle.docker});
  const BundleImage listed = with(opened.bundle.image_index);
  CHECK(listed.blobs.size() == 4);  // index, manifest, configuration, layer: nothing of the other platform
  CHECK(missing_bytes(listed, {}) > 150'000);
  CHECK(missing_bytes(listed, {opened.bundle.layer}) == missing_bytes(listed, {}) - 150'000);
}

TEST_CASE("images come in the order in which they lie in the parts") {
  const Opened opened;
  const std::vector<BundleImage> images = bundle_images(opened.bundle.index(), opened.parts, {"master"});
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  for (const BundleImage& image : images) {
    std::pair<std::uint64_t, std::uint64_t> first{UINT64_MAX, 0};
    for (const format::Entry* blob : image.blobs) {
      first = std::min(first, {blob->at[0].part, blob->at[0].offset});
    }
    places.push_back(first);
  }
  CHECK(std::ranges::is_sorted(places));
  CHECK(images.back().digest == opened.bundle.docker);  // the first by name
}

TEST_CASE("a manifest that the bundle has not is said, with its image") {
  const Opened opened;
  format::Index index = opened.bundle.index();
  index.images[0].digest = "sha256:" + std::string(64, 'e');
  const Error error = test::thrown_by([&] { bundle_images(index, opened.parts, {"master"}); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(test::holds(error.message(), "manifest of " + index.images[0].ref));
}

}  // namespace bundle::deliver
