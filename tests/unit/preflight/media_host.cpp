#include "media_host.hpp"

#include <algorithm>

#include "base/hash.hpp"
#include "support/small_bundle.hpp"

namespace bundle::preflight::test {
namespace {

constexpr const char* kConfig = R"({"config":{"Env":["PATH=/bin","CUDA_VERSION=13.0.1"]}})";

/// Of an image whose second layer is not in the bundle.
std::string manifest() {
  const auto blob = [](const std::string& hex) {
    return json::Object{{"digest", "sha256:" + hex}, {"size", 9}};
  };
  return json::canonical(
      json::Object{{"schemaVersion", 2},
                   {"config", blob(sha256_hex(kConfig))},
                   {"layers", json::Array{blob(sha256_hex("layer")), blob(std::string(64, 'd'))}}});
}

}  // namespace

MediaHost::MediaHost() {
  const std::string hex = sha256_hex(manifest());
  const bundle::test::SmallBundleOptions options{
      .contents = {{"bin/helm", "a program"},
                   {"blobs/sha256/" + hex, manifest()},
                   {"blobs/sha256/" + sha256_hex("layer"), "layer"},
                   {"blobs/sha256/" + sha256_hex(kConfig), kConfig},
                   {"charts/demo.tgz", "a chart"},
                   {"charts/values/demo.yaml", "a: 1"},
                   {"rpms/keys/vendor-ABCD.asc", "a key"},
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
                 .repository = "vendor",
                 .why = {"components.kubernetes > kubelet-1.34.3*"}},
                {.nevra = "socat-1.7-1.x86_64",
                 .path = "rpms/signed/x/socat.rpm",
                 .repository = "vendor",
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

std::vector<Check> MediaHost::look(const std::vector<NamedCheck>& checks, bool allow_base_changes) {
  Inspection inspection{.host = host,
                        .index = index,
                        .parts = &*parts,
                        .site = site,
                        .node = node,
                        .allow_base_changes = allow_base_changes};
  run_checks(inspection, checks);
  return inspection.found;
}

void MediaHost::dnf_solves(const std::string& solution) {
  runner.on({"dnf"}, [solution](const Command& command) {
    if (std::find(command.argv.begin(), command.argv.end(), "--downloadonly") != command.argv.end()) {
      return CommandResult{};
    }
    make_folders(command.cwd / "debugdata/rpms");
    write_file_atomically(command.cwd / "debugdata/rpms/solver.result", solution);
    return CommandResult{.status = 1, .err = "Operation aborted.\n"};
  });
}

void MediaHost::set_layer_size(std::uint64_t size_bytes) {
  for (format::Entry& entry : index.entries) {
    if (entry.path.str() == "blobs/sha256/" + sha256_hex("layer")) {
      entry.size_bytes = size_bytes;
    }
  }
}

}  // namespace bundle::preflight::test
