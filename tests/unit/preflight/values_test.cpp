#include <doctest/doctest.h>

#include "base/text.hpp"
#include "media_host.hpp"
#include "support/thrown.hpp"

namespace bundle::preflight {
namespace {

using bundle::test::holds;
using test::error;
using test::MediaHost;
using test::warning;

std::string pod(const std::string& image) {
  return "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: '" + image + "'}]}\n";
}

/// The site has values for the chart demo, and helm renders an image with them and another one without.
struct ValuesHost : MediaHost {
  ValuesHost() {
    write_file_atomically(values, "image: {}");
    site.component_values["demo"] = values;
    helm_renders(pod("quay.io/new/image:1"), pod("quay.io/ignored:1"));
  }
  // helm lies in a folder that only the check knows: any first word that ends so.
  void helm_renders(const std::string& with, const std::string& without) {
    runner.on({}, [with, without](const Command& command) {
      CHECK(command.argv.front().ends_with("/helm"));
      CHECK(command.clean_env);
      const auto own = std::find_if(command.argv.begin(), command.argv.end(),
                                    [](const auto& word) { return word.ends_with("/site-values.yaml"); });
      CHECK((own == command.argv.end() || read_file(*own, 100) == "image: {}"));
      return CommandResult{.out = own != command.argv.end() ? with : without};
    });
  }
  Check only_values() {
    const std::vector<Check> found = look(values_checks());
    return found.size() == 1 ? found[0] : Check{.id = fmt::format("{} findings", found.size())};
  }
  std::filesystem::path values = media.path() / "demo.yaml";
};

TEST_CASE_FIXTURE(ValuesHost, "images that only the site's values bring must be in the bundle") {
  CHECK(only_values() ==
        error("site-values-images",
              "with " + values.string() +
                  " the component 'demo' wants images that the bundle lacks: quay.io/new/image:1",
              "take them out of that file, or add them to images: in versions.yml and build again"));
  SUBCASE("the bundle has the image") {
    index.images.push_back({.ref = "quay.io/new/image:1"});
    CHECK(look(values_checks()).empty());
  }
  SUBCASE("the bundle's own values want it as well, which its builder has judged") {
    helm_renders(pod("quay.io/new/image:1"), pod("quay.io/new/image:1"));
    CHECK(look(values_checks()).empty());
  }
}

TEST_CASE_FIXTURE(ValuesHost, "helm is the bundle's own, in a folder that is gone afterwards") {
  only_values();
  REQUIRE(runner.ran().size() == 2);
  const std::string with = runner.ran().at(0);
  const std::string folder = with.substr(0, with.find("/helm"));
  CHECK(with == folder + "/helm template --namespace demo --kube-version v1.34.3 --values " + folder +
                    "/charts/values/demo.yaml --values " + folder + "/site-values.yaml -- demo " + folder +
                    "/charts/demo.tgz");
  CHECK(runner.ran().at(1) == folder + "/helm template --namespace demo --kube-version v1.34.3 --values " +
                                  folder + "/charts/values/demo.yaml -- demo " + folder + "/charts/demo.tgz");
  CHECK(std::filesystem::path(folder).parent_path() == host.at("/run"));
  CHECK(list_folder(host.at("/run")) == std::vector<std::string>{"systemd"});
}

TEST_CASE_FIXTURE(ValuesHost, "a comma in the path of the site's values is no end of it to helm") {
  values = media.path() / "a,b" / "demo.yaml";
  make_folders(values.parent_path());
  write_file_atomically(values, "image: {}");
  site.component_values["demo"] = values;
  only_values();
  REQUIRE(runner.ran().size() == 2);
  CHECK_FALSE(holds(runner.ran().at(0), ","));
}

TEST_CASE_FIXTURE(ValuesHost, "every container of any object counts, and nothing else") {
  helm_renders(R"(kind: CronJob
metadata: {name: c}
spec: {jobTemplate: {spec: {template: {spec: {initContainers: [{image: busybox}], containers: [{image: "quay.io/a/b:1"}]}}}}}
---
kind: ConfigMap
metadata: {name: m}
data: {image: "quay.io/not/this:1"}
---
kind: List
items: [{kind: Pod, metadata: {name: x}, spec: {containers: [{image: "x:2"}]}}]
)",
               "");
  CHECK(only_values().seen.ends_with(
      "lacks: docker.io/library/busybox:latest, docker.io/library/x:2, quay.io/a/b:1"));
}

TEST_CASE_FIXTURE(ValuesHost, "values with which a chart cannot be rendered are an error") {
  SUBCASE("what does not parse is the values' fault") {
    helm_renders("kind: [\n", "");
    CHECK(only_values().id == "site-values");
    CHECK(holds(only_values().seen, "the chart demo cannot be rendered with " + values.string() + ": "));
    CHECK(only_values().fix == "correct the values file");
  }
  SUBCASE("helm refuses them, in one line without its warnings") {
    runner.on({}, {.status = 1,
                   .err = "walk.go:75: found symbolic link\nError: values don't meet the schema:\n- a is "
                          "required\n\n"});
    CHECK(only_values() == error("site-values",
                                 "the chart demo cannot be rendered with " + values.string() +
                                     ": Error: values don't meet the schema:; - a is required",
                                 "correct the values file"));
  }
  SUBCASE("helm says nothing") {
    runner.on({}, {.status = 1, .err = "\n"});
    CHECK(only_values().seen.ends_with(": helm says nothing"));
  }
}

TEST_CASE_FIXTURE(ValuesHost, "a helm that cannot run is not the values' fault") {
  const auto answer = [this](ErrorKind kind) {
    runner.on({}, bundle::test::FakeRunner::Answer([kind](const Command&) -> CommandResult {
                throw Error(kind, "cannot run helm: permission denied");
              }));
  };
  SUBCASE("/run is mounted noexec") {
    answer(ErrorKind::usage);
    CHECK(only_values() == warning("unchecked",
                                   "the values of the site file could not be checked: cannot run helm: "
                                   "permission denied",
                                   "look at what it says, and run bundle preflight again"));
  }
  SUBCASE("somebody stopped it") {
    answer(ErrorKind::interrupted);
    CHECK(bundle::test::thrown_by([&] { look(values_checks()); }).kind() == ErrorKind::interrupted);
  }
}

TEST_CASE_FIXTURE(ValuesHost, "without the bundle's helm the values are unchecked") {
  std::erase_if(index.entries, [](const format::Entry& entry) { return entry.path.str() == "bin/helm"; });
  CHECK(only_values() == warning("site-values-unchecked",
                                 "the bundle has no helm, so that the site's values could not be rendered",
                                 "add helm to components: in versions.yml"));
}

TEST_CASE_FIXTURE(ValuesHost, "values that nobody uses are not rendered") {
  SUBCASE("a component without such a file") { site.component_values["demo"] = "/nonexistent"; }
  SUBCASE("no component of that name") {
    std::erase_if(index.components, [](const format::Component& one) { return one.name == "demo"; });
  }
  SUBCASE("a site without values") { site.component_values.clear(); }
  SUBCASE("a bundle without Kubernetes") { index.components = {{.name = "demo"}}; }
  CHECK(look(values_checks()).empty());
  CHECK(runner.ran().empty());
}

TEST_CASE_FIXTURE(ValuesHost,
                  "a chart that is not what the index says is no finding but an error of its own") {
  for (format::Entry& entry : index.entries) {
    entry.sha256 = entry.path.str() == "charts/demo.tgz" ? std::string(64, '0') : entry.sha256;
  }
  CHECK(bundle::test::thrown_by([&] { look(values_checks()); }).kind() == ErrorKind::integrity);
}

}  // namespace
}  // namespace bundle::preflight
