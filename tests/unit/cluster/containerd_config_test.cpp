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
