#include <doctest/doctest.h>

#include "base/hash.hpp"
#include "deliver/payload.hpp"
#include "support/bare_host.hpp"
#include "support/cluster_bundle.hpp"
#include "support/said.hpp"
#include "support/thrown.hpp"

// The bundle's files in their places on a host: what undo takes of them, and what it leaves.
namespace bundle::deliver {
namespace {

using test::holds;

constexpr const char* kPlace = "/data/models/model.gguf";

/// A host with the bundle's first file for GPU nodes in its place.
struct Placed {
  TempDir media;
  test::ClusterBundle bundle{media.path()};
  cluster::Opened opened = bundle.opened({}, {.name = "node1", .roles = {"gpu"}});
  std::vector<std::unique_ptr<steps::Action>> actions = place_files(opened.verified, opened.parts, {"gpu"});
  test::BareHost fake;

  steps::Change place() {
    REQUIRE_FALSE(actions.empty());
    steps::Change change = actions[0]->capture(fake.context);
    actions[0]->apply(fake.context);
    actions[0]->verify(fake.context);
    return change;
  }
  std::string undo(const steps::Change& change) {
    return test::said_by([&] { undo_placed_file(fake.host, change); });
  }
};

}  // namespace

TEST_CASE("a placed file goes with the folders that were made for it, also twice") {
  Placed placed;
  const steps::Change change = placed.place();
  REQUIRE(change.key == kPlace);
  CHECK(change.before == json::Object{{"existed", false},
                                      {"folders", json::Array{"/data/models", "/data"}},
                                      {"ours", sha256_hex("model")}});
  for (int i = 0; i < 2; ++i) {
    CHECK(placed.undo(change).empty());
    CHECK_FALSE(placed.fake.host.exists("/data"));
  }
}

TEST_CASE(
    "a placed file that somebody has replaced, or put a folder or link in the place of, is left and named") {
  for (const std::string by : {"content", "folder", "link"}) {
    CAPTURE(by);
    Placed placed;
    const steps::Change change = placed.place();
    const std::filesystem::path file = placed.fake.host.at(kPlace);
    std::filesystem::rename(file, placed.fake.host.at("/data/models/moved"));
    if (by == "content") {
      placed.fake.put(kPlace, "MODEL");  // as long as ours
    } else if (by == "folder") {
      placed.fake.put(std::string(kPlace) + "/theirs", "x");
    } else {
      std::filesystem::create_symlink("moved", file);
    }
    CHECK(holds(placed.undo(change),
                "/data/models/model.gguf was changed since it was installed; it is left as it "
                "is; there was no such file before"));
    CHECK(placed.fake.host.exists(kPlace));
    CHECK(placed.fake.host.exists("/data/models/moved"));
  }
}

TEST_CASE("a file that was there before with the same content stays") {
  Placed placed;
  placed.fake.put(kPlace, "model");
  const steps::Change change = placed.place();
  placed.undo(change);
  CHECK(placed.fake.get(kPlace) == "model");
}

TEST_CASE("a file of a version that kept no digest cannot be compared: it is left and named") {
  Placed placed;
  placed.place();
  CHECK(holds(
      placed.undo({.type = "placed", .key = kPlace, .before = {{"existed", false}}}),
      "/data/models/model.gguf was placed by a version that did not keep its digest; it is left as it is"));
  CHECK(placed.fake.get(kPlace) == "model");
}

TEST_CASE("what was placed of a file when the power went goes as well") {
  Placed placed;
  const steps::Change change = placed.actions[0]->capture(placed.fake.context);
  placed.fake.put("/data/models/.model.gguf.bundle-partial", "mod");
  placed.undo(change);
  CHECK_FALSE(placed.fake.host.exists("/data"));
}

}  // namespace bundle::deliver
