#include "serve/systems.hpp"

#include <doctest/doctest.h>

#include "support/served_bundle.hpp"

using namespace bundle;

TEST_CASE("systems are what the reasons of the index begin with, with all that is there for them") {
  const test::ServedBundle bundle;
  format::Index index = bundle.index();
  index.images.at(0).why = {"components.demo > a", "charts.web > b", "components.demo > c"};
  index.images.at(0).size_bytes = 7;
  index.rpms = {{.path = "rpms/keys/base-ABCD.asc", .why = {"rpms"}}};
  index.manifests = {{.path = "manifests/demo/demo.yaml", .component = "demo"}};
  const std::map<std::string, serve::System> systems = serve::systems_of(index);
  CHECK(systems.size() == 4);
  CHECK(systems.at("demo").version == "v1.2.3");
  CHECK(systems.at("demo").images == index.images.size());
  CHECK(systems.at("demo").charts == 1);
  CHECK(systems.at("demo").files == 1);
  CHECK(systems.at("demo").size_bytes ==
        7 + bundle.entry("charts/demo.tgz").size_bytes + bundle.entry("manifests/demo/demo.yaml").size_bytes);
  CHECK(systems.at("web").images == 1);
  CHECK(systems.at("web").size_bytes == 7);
  CHECK(systems.at("other packages").rpms == 1);
  CHECK(systems.at("other files").files == 1);
}
