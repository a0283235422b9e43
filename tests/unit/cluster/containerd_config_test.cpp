#include "cluster/containerd_config.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "support/skip.hpp"
#include "support/thrown.hpp"
#include "unit/cluster/sites.hpp"

namespace bundle::cluster {
namespace {

using test::facts_with;
using test::holds;
using test::lab_program;

}  // namespace

TEST_CASE("what a registry is asked for goes to its mirror, and nowhere else") {
  const site::RegistryMirror plain{.server = "https://10.0.0.5:8443", .prefix = "", .ca = "/root/ca.pem"};
  CHECK(mirror_path("docker.io") == "/etc/containerd/certs.d/docker.io/hosts.toml");
  CHECK(mirror_hosts(plain, "docker.io") == R"(# Made by bundle; change the site file and install again.
ca = "/etc/containerd/certs.d/bundle-mirror.crt"
capabilities = ["pull", "resolve"]
server = "https://10.0.0.5:8443"

[host."https://10.0.0.5:8443"]
ca = "/etc/containerd/certs.d/bundle-mirror.crt"
capabilities = ["pull", "resolve"]
)");
  const site::RegistryMirror below{.server = "http://harbor.site", .prefix = "mirror/{host}", .ca = {}};
  CHECK(mirror_hosts(below, "quay.io") == R"(# Made by bundle; change the site file and install again.
capabilities = ["pull", "resolve"]
override_path = true
server = "http://harbor.site/v2/mirror/quay.io"

[host."http://harbor.site/v2/mirror/quay.io"]
capabilities = ["pull", "resolve"]
override_path = true
)");
}

TEST_CASE("containerd reads its configuration as it was meant, 1.x and 2.x" *
          doctest::test_suite("outside")) {
  const std::map<std::string, std::string> units{{"1.7.28", "containerd-1.7"}, {"2.1.5", "containerd-2.1"}};
  for (const auto& [version, unit] : units) {
    CAPTURE(version);
    const std::string program = lab_program(unit, unit + "/containerd");
    if (program.empty()) {
      test::skip(unit + " is not built (tests/lab/kubernetes/build)");
      continue;
    }
    const TempDir folder;
    site::Site site;
    site.containerd_root = "/data/containerd";
    ClusterFacts facts = facts_with(version);
    facts.has_nvidia_runtime = true;
    const std::filesystem::path file = folder.path() / "config.toml";
    std::ofstream(file) << containerd_config(facts, site);
    PosixRunner runner;
    const CommandResult dumped = runner.run({.argv = {program, "--config", file.string(), "config", "dump"}});
    CAPTURE(dumped.err);
    REQUIRE(dumped.status == 0);
    const std::string merged = replace_all(dumped.out, "'", "\"");
    CHECK(holds(merged, "root = \"/data/containerd\""));
    CHECK(holds(merged, "= \"registry.k8s.io/pause:3.10.1\""));
    CHECK(holds(merged, "default_runtime_name = \"nvidia\""));
    CHECK(holds(merged, "BinaryName = \"/usr/bin/nvidia-container-runtime\""));
    CHECK(holds(merged, "config_path = \"/etc/containerd/certs.d\""));
    const std::size_t runc = merged.find("runtimes.runc.options]");
    REQUIRE(runc != std::string::npos);
    CHECK(holds(merged.substr(runc, merged.find("\n\n", runc) - runc), "SystemdCgroup = true"));
  }
}

}  // namespace bundle::cluster
