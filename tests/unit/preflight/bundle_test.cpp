#include <doctest/doctest.h>

#include "base/hash.hpp"
#include "fake_host.hpp"
#include "preflight/package_trial.hpp"
#include "preflight/preflight.hpp"
#include "support/small_bundle.hpp"
#include "support/thrown.hpp"

// What preflight finds by reading the bundle: disk space, packages, the site's values.
namespace bundle::preflight {
namespace {

using bundle::test::holds;
using test::FakeHost;

const std::string kLayer = "blobs/sha256/" + sha256_hex("layer");

/// Of an image whose second layer is not in the bundle.
std::string manifest() {
  const auto blob = [](const std::string& hex) {
    return json::Object{{"digest", "sha256:" + hex}, {"size", 9}};
  };
  return json::canonical(
      json::Object{{"schemaVersion", 2},
                   {"config", blob(std::string(64, 'c'))},
                   {"layers", json::Array{blob(sha256_hex("layer")), blob(std::string(64, 'd'))}}});
}

/// A host with a bundle on disk: one image, two RPMs with metadata, a chart, helm.
struct Fixture : FakeHost {
  TempDir media;
  std::vector<Finding> findings;
  format::Index small;
  std::optional<format::PartSet> parts;

  Fixture() {
    const std::string hex = sha256_hex(manifest());
    bundle::test::SmallBundleOptions options{.contents = {{"bin/helm", "a program"},
                                                          {"blobs/sha256/" + hex, manifest()},
                                                          {kLayer, "layer"},
                                                          {"charts/demo.tgz", "a chart"},
                                                          {"charts/values/demo.yaml", "a: 1"},
                                                          {"rpms/signed/repodata/repomd.xml", "<repomd/>"},
                                                          {"rpms/signed/x/kubelet.rpm", "kubelet"},
                                                          {"rpms/signed/x/socat.rpm", "socat"}}};
    const bundle::test::SmallBundle made = bundle::test::make_bundle(media.path(), options, {});
    small = made.index;
    parts.emplace(small, std::vector{made.folder}, findings);
    index.entries = small.entries;
    index.images = {{.ref = "docker.io/library/a:1", .digest = "sha256:" + hex}};
    index.rpms = {{.nevra = "kubelet-1.34.3-1.x86_64",
                   .path = "rpms/signed/x/kubelet.rpm",
                   .why = {"components.kubernetes > kubelet-1.34.3*"}},
                  {.nevra = "socat-1.7-1.x86_64",
                   .path = "rpms/signed/x/socat.rpm",
                   .why = {"components.kubernetes > kubelet-1.34.3* > socat of kubelet-1.34.3-1.x86_64"}}};
    index.charts = {{.name = "demo",
                     .path = "charts/demo.tgz",
                     .release = "demo",
                     .namespace_ = "demo",
                     .values = {"charts/values/demo.yaml"},
                     .component = "demo"}};
    index.components.push_back({.name = "demo"});
    put("/var/lib/rpm/rpmdb.sqlite", "the database");
    runner.on({"rpm", "--eval", "%{_dbpath}"}, {.out = "/var/lib/rpm\n"});
    runner.on({"rpm", "--dbpath"}, {.out = "bash-5.1-1.x86_64\n"});
  }

  std::vector<Check> look(const std::vector<NamedCheck>& checks, bool allow_base_changes = false) {
    Inspection inspection{.host = host,
                          .index = index,
                          .parts = &*parts,
                          .site = site,
                          .node = node,
                          .allow_base_changes = allow_base_changes};
    run_checks(inspection, checks);
    return inspection.found;
  }

  /// dnf finds this solution (libsolv's text).
  void dnf_solves(const std::string& solution) {
    runner.on({"dnf"}, [solution](const Command& command) {
      make_folders(command.cwd / "debugdata/rpms");
      write_file_atomically(command.cwd / "debugdata/rpms/solver.result", solution);
      return CommandResult{.status = 1, .err = "Operation aborted.\n"};
    });
  }

  /// Gives the entry of a layer another size, as if it were large.
  void set_layer_size(std::uint64_t size_bytes) {
    for (format::Entry& entry : index.entries) {
      if (entry.path.str() == kLayer) {
        entry.size_bytes = size_bytes;
      }
    }
  }
};

// On a disk of the test machine that is nearly full there may be a warning in any case.
TEST_CASE_FIXTURE(Fixture, "images have to fit compressed and unpacked") {
  CHECK_FALSE(has_error(look(disk_checks())));
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(root.path(), error);
  set_layer_size(space.available / 2 + (1 << 20));
  const std::vector<Check> found = look(disk_checks());
  REQUIRE(found.size() == 1);
  CHECK(found[0].id == "disk-space");
  CHECK(found[0].severity == Severity::error);
  CHECK(holds(found[0].seen, "images of"));
  CHECK(holds(found[0].fix, "storage: {containerd: FOLDER}"));
  SUBCASE("what only may not fit is a warning") {
    set_layer_size(space.available / 3);
    REQUIRE(look(disk_checks()).size() == 1);
    CHECK(look(disk_checks())[0].severity == Severity::warning);
  }
  SUBCASE("what containerd has already needs no room") {
    put("/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256/" +
            index.find_entry(kLayer)->sha256,
        "");
    CHECK_FALSE(has_error(look(disk_checks())));
  }
  SUBCASE("files with a place of their own on the same file system add up") {
    set_layer_size(5);
    index.files = {{.path = "files/model", .to = "/data/model"}};
    format::Entry model{.path = RelPath("files/model"), .size_bytes = 2 * space.capacity, .sha256 = "m"};
    index.entries.push_back(model);
    format::sort_lists(index);
    REQUIRE(look(disk_checks()).size() == 1);
    CHECK(holds(look(disk_checks())[0].seen, "/data/model"));
  }
}

TEST_CASE("a solution of libsolv is read") {
  TrialAnswer answer;
  parse_solution(
      "install kubelet-1.34.3-1.x86_64@bundle-signed\n"
      "upgrade glibc-2.34-1.x86_64@@System glibc-2.34-2.x86_64@bundle-signed\n"
      "erase runc-1.1-1.x86_64@@System\nproblem x info y\n",
      answer);
  CHECK(answer.installs == std::vector<std::string>{"kubelet-1.34.3-1.x86_64", "glibc-2.34-2.x86_64"});
  CHECK(answer.base_changes ==
        std::vector<std::string>{"upgrade glibc-2.34-1.x86_64 with glibc-2.34-2.x86_64",
                                 "erase runc-1.1-1.x86_64"});
}

TEST_CASE_FIXTURE(Fixture, "dnf is asked for what the host lacks, and rpm tests what dnf would install") {
  dnf_solves("install kubelet-1.34.3-1.x86_64@bundle-signed\ninstall socat-1.7-1.x86_64@bundle-signed\n");
  runner.on({"rpm", "-U", "--test"}, [](const Command& command) {
    CHECK(read_file(command.argv.at(command.argv.size() - 2), 100) == "kubelet");
    CHECK(read_file(command.argv.back(), 100) == "socat");
    return CommandResult{};
  });
  CHECK(look(package_checks()).empty());
  const std::string& dnf = runner.ran().at(2);
  CHECK(holds(dnf, "--assumeno"));
  CHECK(holds(dnf, "--noplugins"));
  CHECK(holds(dnf, " install kubelet-1.34.3-1.x86_64"));
  CHECK_FALSE(holds(dnf, "socat"));
  SUBCASE("nothing is left of it") {
    CHECK(list_folder(host.at("/run")) == std::vector<std::string>{"systemd"});
  }
  SUBCASE("rpm refuses") {
    runner.on({"rpm", "-U", "--test"},
              {.status = 1, .err = "\tfile /usr/bin/kubelet from install of kubelet conflicts\n"});
    const std::vector<Check> found = look(package_checks());
    REQUIRE(found.size() == 1);
    CHECK(found[0].id == "rpm-transaction");
    CHECK(holds(found[0].seen, "/usr/bin/kubelet"));
  }
  SUBCASE("there is no memory for the test") {
    put("/proc/meminfo", "MemAvailable: 1000 kB\n");
    REQUIRE(look(package_checks()).size() == 1);
    CHECK(look(package_checks())[0].id == "transaction-untested");
  }
  SUBCASE("the host has it all") {
    runner.on({"rpm", "--dbpath"}, {.out = "kubelet-1.34.3-1.x86_64\n"});
    runner.on({"dnf"}, {.status = 1, .err = "not asked"});
    CHECK(look(package_checks()).empty());
  }
}

TEST_CASE_FIXTURE(Fixture, "packages that dnf cannot install, or only by changing the base") {
  SUBCASE("no solution") {
    runner.on({"dnf"},
              {.status = 1,
               .err = "Error: \n Problem: package a conflicts with b\n(try to add '--skip-broken')\n"});
    const std::vector<Check> found = look(package_checks());
    REQUIRE(found.size() == 1);
    CHECK(found[0].id == "packages-unsolvable");
    CHECK(holds(found[0].seen, "Problem: package a conflicts with b"));
    CHECK_FALSE(holds(found[0].seen, "skip-broken"));
    CHECK(holds(found[0].fix, "bundle facts"));
  }
  SUBCASE("an upgrade of what is installed") {
    dnf_solves("upgrade bash-5.1-1.x86_64@@System kubelet-1.34.3-1.x86_64@bundle-signed\n");
    runner.on({"rpm", "-U", "--test"}, {.status = 0});
    REQUIRE(look(package_checks()).size() == 1);
    CHECK(look(package_checks())[0].id == "base-change");
    CHECK(look(package_checks())[0].severity == Severity::error);
    CHECK(look(package_checks(), true)[0].severity == Severity::warning);
  }
  SUBCASE("metadata that is not what the index says is no finding but an error of its own") {
    dnf_solves("");
    for (format::Entry& entry : index.entries) {
      entry.sha256 = entry.path.str().ends_with("repomd.xml") ? std::string(64, '0') : entry.sha256;
    }
    CHECK(bundle::test::thrown_by([&] { look(package_checks()); }).kind() == ErrorKind::integrity);
  }
}

TEST_CASE_FIXTURE(Fixture, "the site's values are rendered with the bundle's helm") {
  const std::filesystem::path values = media.path() / "demo.yaml";
  write_file_atomically(values, "image: {}");
  site.component_values["demo"] = values;
  const auto pod = [](const std::string& image) {
    return "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: '" + image + "'}]}\n";
  };
  // helm lies in a folder that only the check knows: any first word that ends so.
  runner.on({}, [&](const Command& command) {
    CHECK(command.argv.front().ends_with("/helm"));
    CHECK(command.clean_env);
    const bool has_site = command.argv.back() == values.string();
    return CommandResult{.out = pod(has_site ? "quay.io/new/image:1" : "quay.io/ignored:1")};
  });
  const std::vector<Check> found = look(values_checks());
  REQUIRE(found.size() == 1);
  CHECK(found[0].id == "site-values-images");
  CHECK(holds(found[0].seen, "quay.io/new/image:1"));
  SUBCASE("the bundle has the image") {
    index.images.push_back({.ref = "quay.io/new/image:1"});
    CHECK(look(values_checks()).empty());
  }
  SUBCASE("every container of any object counts, and nothing else") {
    const std::string rendered = R"(kind: CronJob
metadata: {name: c}
spec: {jobTemplate: {spec: {template: {spec: {initContainers: [{image: busybox}], containers: [{image: "quay.io/a/b:1"}]}}}}}
---
kind: ConfigMap
metadata: {name: m}
data: {image: "quay.io/not/this:1"}
---
kind: List
items: [{kind: Pod, metadata: {name: x}, spec: {containers: [{image: "x:2"}]}}]
)";
    runner.on({}, [&](const Command& command) {
      return CommandResult{.out = command.argv.back() == values.string() ? rendered : std::string()};
    });
    REQUIRE(look(values_checks()).size() == 1);
    CHECK(look(values_checks())[0].seen.ends_with(
        "lacks: docker.io/library/busybox:latest, docker.io/library/x:2, quay.io/a/b:1"));
  }
  SUBCASE("what does not parse is the values' fault") {
    runner.on({}, {.out = "kind: [\n"});
    REQUIRE(look(values_checks()).size() == 1);
    CHECK(look(values_checks())[0].id == "site-values");
  }
  SUBCASE("helm refuses them") {
    runner.on({}, {.status = 1, .err = "Error: values don't meet the schema"});
    REQUIRE(look(values_checks()).size() == 1);
    CHECK(look(values_checks())[0].id == "site-values");
    CHECK(holds(look(values_checks())[0].seen, "schema"));
  }
  SUBCASE("there is no helm") {
    std::erase_if(index.entries, [](const format::Entry& entry) { return entry.path.str() == "bin/helm"; });
    REQUIRE(look(values_checks()).size() == 1);
    CHECK(look(values_checks())[0].id == "site-values-unchecked");
  }
}

}  // namespace
}  // namespace bundle::preflight
