#include "helm/render.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "support/thrown.hpp"
#include "unit/helm/scan_fixture.hpp"

using namespace bundle;
using namespace bundle::helm;
using namespace bundle::helm::testing;
namespace stdfs = std::filesystem;

namespace {

/// Answers `helm template` with one text, or another when API versions are given; remembers the commands.
class FakeHelm final : public CommandRunner {
 public:
  CommandResult run(const Command& command) override {
    commands.push_back(command);
    const bool with_apis =
        std::find(command.argv.begin(), command.argv.end(), "--api-versions") != command.argv.end();
    return {.status = status, .out = with_apis ? second : first, .err = "Error: no such value\n"};
  }
  std::string first, second;
  int status = 0;
  std::vector<Command> commands;
};

stdfs::path make_chart(const TempDir& dir, const std::string& more = "") {
  std::ofstream(dir.path() / "Chart.yaml") << "apiVersion: v2\nname: thing\nversion: 1.0.0\n" << more;
  return dir.path();
}

const std::string kPod =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: 'a/b:1'}]}\n";
const std::string kCrd =
    "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec: "
    "{group: e.com, names: "
    "{kind: X}, versions: [{name: v1}]}\n";

}  // namespace

TEST_CASE("helm is run without the user's environment and without a network") {
  FakeHelm helm;
  render({.helm = "helm",
          .chart = "c.tgz",
          .values = {"v.yaml"},
          .kube_version = "1.34.3",
          .api_versions = {"e.com/v1"}},
         helm);
  const Command& command = helm.commands.at(0);
  CHECK(command.clean_env);
  CHECK(command.argv == std::vector<std::string>{"helm", "template", "--namespace", "ns", "--include-crds",
                                                 "--kube-version", "1.34.3", "--values", "v.yaml",
                                                 "--api-versions", "e.com/v1", "--", "rel", "c.tgz"});
}

TEST_CASE("a chart whose schema loads others is a stop, and renders without the check where that is said") {
  const TempDir dir;
  FakeHelm helm;
  helm.first = kPod;
  ChartInput input{.chart = make_chart(dir)};
  std::ofstream(dir.path() / "values.schema.json") << R"({"$ref": "http://127.0.0.1:8000/s.json"})";
  const Error error = test::thrown_by([&] { scan({.charts = {input}, .kube_version = "1.34.3"}, helm); });
  CHECK(error.kind() == ErrorKind::unresolvable);
  CHECK(test::holds(error.message(),
                    "loads http://127.0.0.1:8000/s.json at each rendering, which a site cannot"));
  CHECK(test::holds(error.hint(), "skip-schema: true"));
  CHECK(helm.commands.empty());
  input.skip_schema = true;
  scan({.charts = {input}, .kube_version = "1.34.3"}, helm);
  const std::vector<std::string>& argv = helm.commands.at(0).argv;
  CHECK(std::find(argv.begin(), argv.end(), "--skip-schema-validation") != argv.end());
}

TEST_CASE("a chart that does not render is unresolvable, in helm's words") {
  FakeHelm helm;
  helm.status = 1;
  try {
    render({.helm = "helm", .chart = "c.tgz", .kube_version = "1.34.3"}, helm);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::unresolvable);
    CHECK(error.message() == "helm cannot render c.tgz: Error: no such value");
  }
}

TEST_CASE("the union of the renders with and without the CRDs' API versions counts") {
  const TempDir dir;
  FakeHelm helm;
  helm.first = kPod + kCrd;
  helm.second = helm.first + "---\n" + std::string(kPod).replace(kPod.find("a/b:1"), 5, "a/c:1");
  const ScanResult result = scan({.charts = {{.chart = make_chart(dir)}}, .kube_version = "1.34.3"}, helm);
  CHECK(rows(result) == Rows{"podspec docker.io/a/b:1", "podspec docker.io/a/c:1"});
  CHECK(result.api_versions == std::vector<std::string>{"e.com/v1", "e.com/v1/X"});
  CHECK(helm.commands.size() == 2);
}

TEST_CASE("images that only Chart.yaml lists are off") {
  const TempDir dir;
  FakeHelm helm;
  helm.first = kPod;
  const stdfs::path chart = make_chart(
      dir, "annotations:\n  artifacthub.io/images: |\n    - name: x\n      image: quay.io/a/x:1\n");
  const ScanResult result = scan({.charts = {{.chart = chart}}, .kube_version = "1.34.3"}, helm);
  CHECK(rows(result) == Rows{"podspec docker.io/a/b:1"});
  CHECK(rows(result, ImageState::off) == Rows{"annotation quay.io/a/x:1"});
  CHECK(helm.commands.size() == 1);
}
