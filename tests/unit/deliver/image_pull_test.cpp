#include "deliver/image_pull.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.hpp"
#include "support/lawful_action.hpp"
#include "support/served_bundle.hpp"
#include "support/thrown.hpp"

namespace bundle::deliver {
namespace {

using test::holds;

/// A host with containerd, and a bundle whose images share a layer.
struct Machine {
  test::FakeWorld world;
  test::WorldHost host{world};
  test::ServedBundle bundle;
  std::vector<Finding> findings;
  format::PartSet parts{bundle.index(), {bundle.folder()}, findings};
  std::vector<BundleImage> images = bundle_images(bundle.index(), parts, {"master"});
  std::vector<std::string> finished;

  Machine() { world.systemd.start("containerd"); }

  void pull() {
    std::vector<const BundleImage*> wanted;
    for (const BundleImage& image : images) {
      wanted.push_back(&image);
    }
    pull_all(host.host, bundle.media.verified(), parts, wanted,
             [&](const BundleImage& image) { finished.push_back(image.digest); });
  }
  bool ran(const std::string& words) const {
    return std::ranges::any_of(world.programs.ran(),
                               [&](const std::string& line) { return holds(line, words); });
  }
};

}  // namespace

TEST_CASE("containerd has each image under all its names, unpacked and pinned, and no registry is left") {
  Machine machine;
  machine.pull();
  std::ranges::sort(machine.finished);
  std::vector<std::string> digests = {machine.bundle.docker, machine.bundle.image_index,
                                      machine.bundle.manifest};
  std::ranges::sort(digests);
  CHECK(machine.finished == digests);
  for (const BundleImage& image : machine.images) {
    for (const std::string& name : image.names) {
      CAPTURE(name);
      REQUIRE(machine.world.ctr.images.contains(name));
      const test::FakeCtr::Image& there = machine.world.ctr.images.at(name);
      CHECK(there.digest == image.digest);
      CHECK(there.is_unpacked);
      CHECK(there.labels.at("io.cri-containerd.pinned") == "pinned");
    }
  }
  CHECK_FALSE(machine.world.exists("/run/bundle-pull"));
  CHECK(machine.world.unknown().empty());
}

TEST_CASE(
    "a ctr that would fetch what is of other platforms is told not to, an older one does not know the word") {
  Machine newer;
  newer.pull();
  CHECK(newer.ran("--platform linux/amd64 --skip-metadata docker.io/library/busybox@sha256:"));
  Machine older;
  older.world.ctr.skips_metadata = false;
  older.pull();
  CHECK(older.ran("--platform linux/amd64 --max-concurrent-downloads 3 docker.io/library/busybox@sha256:"));
  CHECK_FALSE(older.ran("--skip-metadata"));
}

TEST_CASE("a damaged blob is named with its part and the image, and no name stands for that image") {
  Machine machine;
  machine.bundle.flip_byte("blobs/sha256/" + machine.bundle.layer.substr(7), 100);
  const Error error = test::thrown_by([&] { machine.pull(); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(holds(error.message(), "entry blobs/sha256/" + machine.bundle.layer.substr(7)));
  CHECK(holds(error.message(), "part 0"));
  CHECK(holds(render(error), "while importing "));
  CHECK(holds(error.hint(), "bundle verify"));
  CHECK(machine.world.ctr.images.empty());
  CHECK(machine.finished.empty());
}

TEST_CASE("a containerd without room stops it, and says what is needed") {
  Machine machine;
  machine.world.ctr.unpack_error = "apply layer: no space left on device";
  const Error error = test::thrown_by([&] { machine.pull(); });
  CHECK(error.kind() == ErrorKind::no_space);
  CHECK(holds(render(error), "while importing "));
  CHECK(machine.finished.empty());
}

TEST_CASE("what is needed is what containerd has not") {
  Machine machine;
  const std::string layer = machine.bundle.content("blobs/sha256/" + machine.bundle.layer.substr(7));
  machine.world.ctr.content.blobs[machine.bundle.layer] = layer;
  machine.world.ctr.leases["somebody's"].digests.insert(machine.bundle.layer);
  machine.world.ctr.unpack_error = "apply layer: no space left on device";
  const std::string message = test::thrown_by([&] { machine.pull(); }).message();
  CAPTURE(message);
  CHECK(holds(message, "at least "));
  CHECK_FALSE(holds(message, "at least 14"));  // with the layer it is 147 or 148 KiB
}

TEST_CASE("a part that has become shorter is said as such, and what to do") {
  Machine machine;
  std::filesystem::resize_file(machine.bundle.part_of("blobs/sha256/" + machine.bundle.layer.substr(7)), 512);
  const Error error = test::thrown_by([&] { machine.pull(); });
  CHECK(holds(error.message(), "the part ends within it"));
  CHECK(holds(error.hint(), "put the stick back in"));
}

}  // namespace bundle::deliver
