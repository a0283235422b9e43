#include "deliver/payload.hpp"
#include "format/index.hpp"
#include "format/parts.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "base/hash.hpp"
#include "host/state_folder.hpp"
#include "support/cluster_bundle.hpp"
#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle {
namespace {

format::Entry entry_in(const std::string& path, std::uint64_t part) {
  return {.path = RelPath(path), .size_bytes = 1, .at = {{.part = part, .offset = 512, .size_bytes = 1}}};
}

/// Six parts: repository metadata, an RPM of masters, one of GPU nodes, a chart, a file of GPU nodes, an
/// image's document.
format::Index six_parts() {
  format::Index index;
  index.entries = {entry_in("blobs/sha256/" + std::string(64, 'a'), 5),
                   entry_in("charts/x-1.tgz", 3),
                   entry_in("files/model", 4),
                   entry_in("rpms/signed/g.rpm", 2),
                   entry_in("rpms/signed/m.rpm", 1),
                   entry_in("rpms/signed/repodata/repomd.xml", 0)};
  index.rpms = {{.nevra = "g-1-1.x86_64", .path = "rpms/signed/g.rpm", .roles = {"gpu"}},
                {.nevra = "m-1-1.x86_64", .path = "rpms/signed/m.rpm", .roles = {"master"}}};
  index.files = {{.path = "files/model", .to = "/data/model", .roles = {"gpu"}}};
  for (int part = 0; part < 6; ++part) {
    index.parts.push_back({.name = format::part_name("b", part), .size_bytes = 2048});
  }
  return index;
}

std::set<std::uint64_t> needed(const format::Index& index, const spec::Roles& roles) {
  const TempDir nothing;
  std::vector<Finding> findings;
  const format::PartSet parts(index, {nothing.path()}, findings);
  return deliver::needed_parts(index, parts, roles);
}

}  // namespace

TEST_CASE("a role needs the parts that hold what it installs, and no other") {
  const format::Index index = six_parts();
  CHECK(needed(index, {"master"}) == std::set<std::uint64_t>{0, 1, 3});
  CHECK(needed(index, {"gpu"}) == std::set<std::uint64_t>{0, 2, 4});
  CHECK(needed(index, {"master", "gpu"}) == std::set<std::uint64_t>{0, 1, 2, 3, 4});
}

TEST_CASE("with the document of a needed image out of reach every part is needed") {
  format::Index index = six_parts();
  index.images = {{.ref = "r.io/x:1",
                   .digest = "sha256:" + std::string(64, 'a'),
                   .platform = "linux/amd64",
                   .roles = {"master"}}};
  CHECK(needed(index, {"master"}).size() == 6);
  CHECK(needed(index, {"gpu"}) == std::set<std::uint64_t>{0, 2, 4});
}

TEST_CASE("the index that was verified is kept, byte for byte") {
  const TempDir media;
  const test::ClusterBundle bundle(media.path());
  const test::MakeStepsAction make = [&](test::FakeWorld&) { return deliver::keep_index(bundle.verified); };
  const steps::Undo undo = [](host::Host& host, const steps::Change&) { host::remove_payload(host); };
  test::check_laws(test::new_world, test::lawful(make, undo), {.leftovers = {"folder /var/lib/bundle"}});
  test::FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  deliver::keep_index(bundle.verified)->apply(context);
  CHECK(sha256_hex(world.get(deliver::kKeptIndex)) == bundle.verified.sha256());
}

TEST_CASE("the installer of the bundle is kept, and no other one") {
  const TempDir media;
  const test::ClusterBundle bundle(media.path());
  const test::MakeStepsAction make = [&](test::FakeWorld&) {
    return deliver::keep_installer(bundle.verified);
  };
  const steps::Undo undo = [](host::Host& host, const steps::Change&) { host::remove_payload(host); };
  test::check_laws(test::new_world, test::lawful(make, undo), {.leftovers = {"folder /var/lib/bundle"}});
  test::FakeWorld world;
  test::WorldHost host(world);
  steps::Context context(host.host);
  deliver::keep_installer(bundle.verified)->apply(context);
  const std::string kept = world.get(host::kProgram);
  CHECK(sha256_hex(kept) == bundle.verified.index().installer.sha256);
  // Somebody changes it on the media after it was verified.
  write_file_atomically(bundle.verified.folder() / format::kInstallerName, std::string(kept.size(), 'x'));
  CHECK(test::thrown_by([&] { deliver::keep_installer(bundle.verified)->apply(context); }).kind() ==
        ErrorKind::integrity);
  CHECK(world.get(host::kProgram) == kept);
}

}  // namespace bundle
