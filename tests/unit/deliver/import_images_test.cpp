#include "deliver/import_images.hpp"

#include <doctest/doctest.h>

#include "support/cluster_bundle.hpp"
#include "support/lawful_action.hpp"

namespace bundle::deliver {
namespace {

using test::ClusterBundle;
using test::FakeWorld;

std::unique_ptr<FakeWorld> with_containerd() {
  auto world = test::new_world();
  world->systemd.start("containerd");
  return world;
}

/// A bundle on disk, with its parts open.
struct Media {
  TempDir folder;
  ClusterBundle bundle{folder.path()};
  cluster::Opened opened = bundle.opened({}, {.roles = {"master"}});

  std::unique_ptr<steps::Action> action() const {
    return import_images(opened.verified, opened.parts, {"master"});
  }
};

}  // namespace

TEST_CASE("images are imported lawfully, wherever containerd or we are cut off") {
  const Media media;
  CHECK(test::check_laws(with_containerd,
                         test::lawful([&](FakeWorld&) { return media.action(); }, undo_images),
                         {.leftovers = {"lease "}, .changes_by_cut = {"lease "}}) > 20);
}

TEST_CASE("every name is there with its digest, unpacked and pinned, and each image is marked once") {
  const Media media;
  const auto world = with_containerd();
  test::WorldHost host(*world);
  json::Array marks;
  steps::Context context(host.host, {}, {}, [&](const json::Value& what) { marks.push_back(what); });
  const auto action = media.action();
  context.begun({action->capture(context)});
  action->apply(context);
  action->verify(context);
  for (const char* name : {"registry.k8s.io/pause:3.10.1", "docker.io/library/busybox:1.37"}) {
    CAPTURE(name);
    REQUIRE(world->ctr.images.contains(name));
    CHECK(world->ctr.images.at(name).is_unpacked);
    CHECK(world->ctr.images.at(name).labels.at("io.cri-containerd.pinned") == "pinned");
  }
  REQUIRE(marks.size() == 1);  // all names are of one image
  CHECK(json::flag_at(marks[0], "on-disk"));
}

TEST_CASE("an image without any layer is never unpacked, and is there nevertheless") {
  const TempDir folder;
  const ClusterBundle bundle(folder.path(), {.has_layerless = true});
  const cluster::Opened opened = bundle.opened({}, {.roles = {"master"}});
  const auto world = with_containerd();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  const auto action = import_images(opened.verified, opened.parts, {"master"});
  context.begun({action->capture(context)});
  action->apply(context);
  CHECK_FALSE(world->ctr.images.at("ghcr.io/field/layerless:1").is_unpacked);
  action->verify(context);
  CHECK(action->is_done(context));
  world->ctr.images.at("docker.io/library/busybox:1.37").is_unpacked = false;
  CHECK_FALSE(action->is_done(context));
}

TEST_CASE("an unpacked image that nothing says is on disk is imported again") {
  const Media media;
  const auto world = with_containerd();
  test::WorldHost host(*world);
  const auto action = media.action();
  steps::Context first(host.host);
  const steps::Change change = action->capture(first);
  first.begun({change});
  action->apply(first);
  steps::Context without(host.host, {change}, {});
  CHECK_FALSE(action->is_done(without));
  steps::Context with(host.host, {change}, first.marks());
  CHECK(action->is_done(with));
}

TEST_CASE("images of somebody else stay, also under a name of ours") {
  const Media media;
  const auto world = with_containerd();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  const std::string other = "sha256:" + std::string(64, 'e');
  world->ctr.images["quay.io/theirs:1"] = {.digest = other, .is_complete = true, .is_unpacked = true};
  const auto action = media.action();
  const steps::Change change = action->capture(context);
  context.begun({change});
  action->apply(context);
  world->ctr.images["registry.k8s.io/pause:3.10.1"].digest = other;  // somebody pulled another one meanwhile
  undo_images(host.host, change);
  CHECK(world->ctr.images.contains("quay.io/theirs:1"));
  CHECK(world->ctr.images.contains("registry.k8s.io/pause:3.10.1"));
  CHECK_FALSE(world->ctr.images.contains("docker.io/library/busybox:1.37"));
}

TEST_CASE("an image that a container runs from is left by undo") {
  const Media media;
  const auto world = with_containerd();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  const auto action = media.action();
  const steps::Change change = action->capture(context);
  context.begun({change});
  action->apply(context);
  world->ctr.containers["c1"] = "docker.io/library/busybox:1.37";
  undo_images(host.host, change);
  CHECK(world->ctr.images.contains("docker.io/library/busybox:1.37"));
}

TEST_CASE("without containerd nothing is done, and nothing can be asked") {
  const Media media;
  const auto world = test::new_world();
  test::WorldHost host(*world);
  steps::Context context(host.host);
  CHECK_FALSE(media.action()->is_done(context));
  CHECK_THROWS_AS(media.action()->capture(context), Error);
}

}  // namespace bundle::deliver
