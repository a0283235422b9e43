#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "base/fs.hpp"
#include "spec/component.hpp"
#include "spec/reference.hpp"
#include "spec/target.hpp"

using namespace bundle;
namespace stdfs = std::filesystem;

namespace {

/// Components about whose compiled-in images nobody has said anything yet: a bundle with them stops.
const std::set<std::string> kSilent = {"network-operator"};

}  // namespace

TEST_CASE("every component of the catalogue loads, unpinned and pinned") {
  const stdfs::path manifests = stdfs::path(BUNDLE_SOURCE_DIR) / "manifests";
  const auto names = spec::component_names(manifests);
  CHECK(names.size() >= 13);
  for (const std::string& name : names) {
    CAPTURE(name);
    const spec::Component unpinned = spec::load_component(manifests / name, "");
    CHECK(unpinned.name == name);
    const spec::Component pinned = spec::load_component(manifests / name, "v1.34.3");
    if (pinned.chart) {
      CHECK(pinned.chart->version == "v1.34.3");
      const bool speaks = !pinned.images.none_compiled_in.empty() || !pinned.images.add.empty();
      CHECK(speaks == !kSilent.contains(name));
    }
    for (const spec::ImageAdd& row : pinned.images.add) {
      CHECK(spec::reference(row.image).str() == row.image);
      CHECK(spec::reference(row.for_operator).str() == row.for_operator);
    }
    for (const std::string& row : pinned.images.operators) {
      CHECK(spec::reference(row).name() == row);
    }
    for (const std::string& need : pinned.needs) {
      CHECK(stdfs::exists(manifests / need / "component.yml"));
    }
  }
}

TEST_CASE("every target loads") {
  const stdfs::path targets = stdfs::path(BUNDLE_SOURCE_DIR) / "rpm-lists/targets";
  const auto files = list_folder(targets);
  CHECK(files.size() >= 4);
  for (const std::string& file : files) {
    CAPTURE(file);
    const spec::Target target = spec::load_target(targets / file);
    CHECK(target.name + ".yml" == file);
    CHECK(target.repositories.size() == 2);
  }
}
