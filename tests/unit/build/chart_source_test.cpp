#include "build/chart_source.hpp"

#include <doctest/doctest.h>

#include "build/text_entries.hpp"
#include "support/build_world.hpp"
#include "support/fake_image.hpp"
#include "support/small_chart.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using test::holds;

namespace {

const std::string kChart = test::packed_chart("kueue", "0.19.2");
constexpr std::string_view kChartLayer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

struct Fixture : test::BuildWorld {
  test::FakeRepository repository{http, "https://registry.k8s.io/v2/kueue/charts/kueue"};

  /// As `helm push` stores it; a provenance file stands beside the chart.
  void push(const std::string& tag, std::string_view layer_type = kChartLayer) {
    const std::string config = R"({"name":"kueue","version":"0.19.2"})";
    repository.put_blob(kChart);
    repository.put_document(
        json::canonical(json::Object{
            {"schemaVersion", 2},
            {"config", test::descriptor_of(config, "application/vnd.cncf.helm.config.v1+json")},
            {"layers",
             json::Array{test::descriptor_of("prov", "application/vnd.cncf.helm.chart.provenance.v1.prov"),
                         test::descriptor_of(kChart, layer_type)}}}),
        tag);
  }

  build::FoundChart find(const spec::ChartSpec& chart) {
    build::ChartFinder finder(world);
    return finder.find(chart, folder.path(), "spec:");
  }
  build::FoundChart find_oci(const std::string& version) {
    return find({.repo = "oci://registry.k8s.io/kueue/charts", .name = "kueue", .version = version});
  }
  Error failure(const spec::ChartSpec& chart) {
    return test::thrown_by([&] { find(chart); });
  }
};

}  // namespace

TEST_CASE("a chart of an OCI registry is its layer, and the lock fetches it again by digest") {
  Fixture lab;
  lab.push("0.19.2");
  const build::FoundChart found = lab.find_oci("0.19.2");
  CHECK(found.version == "0.19.2");
  CHECK(found.source == "oci://registry.k8s.io/kueue/charts/kueue:0.19.2");
  CHECK(found.sha256 == sha256_hex(kChart));
  CHECK(found.size_bytes == kChart.size());
  CHECK(read_file(found.file, 1 << 20) == kChart);

  std::filesystem::remove_all(lab.folder.path() / "cache");
  spec::Lock lock;
  lock.charts = {{.name = "kueue",
                  .version = found.version,
                  .archive = {.path = "charts/kueue-0.19.2.tgz",
                              .source = found.source,
                              .sha256 = found.sha256,
                              .size_bytes = found.size_bytes}}};
  const auto entries = build::text_entries(lock, {}, lab.world);
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].sha256 == sha256_hex(kChart));
  CHECK(lab.http.lines().back() ==
        "GET https://registry.k8s.io/v2/kueue/charts/kueue/blobs/sha256:" + sha256_hex(kChart));

  std::filesystem::remove_all(lab.folder.path() / "cache");
  lock.charts[0].archive.sha256 = std::string(64, 'a');
  const Error gone = test::thrown_by([&] { build::text_entries(lock, {}, lab.world); });
  CHECK(gone.kind() == ErrorKind::network);
  CHECK(holds(gone.message(), "is gone"));
}

TEST_CASE("a chart's tag has _ for +, and a leading v does not count") {
  Fixture lab;
  lab.push("v0.19.2_1");
  CHECK(lab.find_oci("0.19.2+1").source == "oci://registry.k8s.io/kueue/charts/kueue:v0.19.2_1");
  CHECK(lab.find_oci("v0.19.2+1").version == "v0.19.2+1");
  const Error missing = test::thrown_by([&] { lab.find_oci("9.9.9"); });
  CHECK(missing.kind() == ErrorKind::unresolvable);
  CHECK(holds(missing.message(), "registry.k8s.io/kueue/charts/kueue:9.9.9"));
}

TEST_CASE("what is no chart in a registry is named") {
  Fixture lab;
  lab.push("0.19.2", "application/vnd.oci.image.layer.v1.tar+gzip");
  const Error image = test::thrown_by([&] { lab.find_oci("0.19.2"); });
  CHECK(image.kind() == ErrorKind::unresolvable);
  CHECK(holds(image.message(), "is no chart: none of its layers is of type " + std::string(kChartLayer)));
  lab.repository.put_document(test::index_of({}), "1.0.0");
  CHECK(holds(test::thrown_by([&] { lab.find_oci("1.0.0"); }).message(), "is an index of several manifests"));
}

TEST_CASE("an index.yaml may lead into a registry, and its digest counts") {
  Fixture lab;
  lab.push("0.19.2");
  const auto serve_index = [&](const std::string& digest) {
    lab.http.serve("https://charts.example/index.yaml",
                   "entries:\n  kueue:\n    - {version: 0.19.2, digest: " + digest +
                       ", urls: ['oci://registry.k8s.io/kueue/charts/kueue:0.19.2']}\n");
  };
  const spec::ChartSpec chart{.repo = "https://charts.example", .name = "kueue", .version = "0.19.2"};
  serve_index(sha256_hex(kChart));
  CHECK(lab.find(chart).source == "oci://registry.k8s.io/kueue/charts/kueue:0.19.2");
  serve_index(std::string(64, 'b'));
  CHECK(lab.failure(chart).kind() == ErrorKind::integrity);
}

TEST_CASE("a packed chart lies beside versions.yml, and is what its row says") {
  Fixture lab;
  make_folders(lab.folder.path() / "charts");
  write_file_atomically(lab.folder.path() / "charts/k.tgz", kChart);
  spec::ChartSpec chart{.file = "charts/k.tgz", .name = "kueue", .version = "0.19.2"};
  const build::FoundChart found = lab.find(chart);
  CHECK(found.source == "spec:charts/k.tgz");
  CHECK(found.sha256 == sha256_hex(kChart));
  chart.version = "0.19.3";
  CHECK(lab.failure(chart).kind() == ErrorKind::spec);
  CHECK(holds(lab.failure(chart).message(), "is the chart kueue 0.19.2, not kueue 0.19.3"));
  chart.file = "absent.tgz";
  CHECK(lab.failure(chart).kind() == ErrorKind::spec);
}
