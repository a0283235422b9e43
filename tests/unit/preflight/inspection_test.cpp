#include "preflight/inspection.hpp"

#include <doctest/doctest.h>

#include "fake_host.hpp"
#include "support/thrown.hpp"

namespace bundle::preflight {
namespace {

using bundle::test::thrown_by;
using test::FakeHost;
using test::warning;

struct Looking : FakeHost {
  Inspection look{.host = host, .index = index, .parts = nullptr, .site = site, .node = node};
};

TEST_CASE_FIXTURE(FakeHost, "a check that cannot look is a warning, and the others go on") {
  bundle::test::FakeRunner empty;
  host::Host blind{.root = root.path(), .runner = empty, .log = log, .progress = progress, .now = host.now};
  Inspection inspection{.host = blind, .index = index, .parts = nullptr, .site = site, .node = node};
  put("/etc/resolv.conf", "");
  run_checks(inspection, network_checks());
  REQUIRE(inspection.found.size() == 3);
  CHECK(inspection.found[0] == warning("unchecked",
                                       "the default route could not be checked: cannot run ip: not found",
                                       "look at what it says, and run bundle preflight again"));
  CHECK(inspection.found[1].id == "no-nameserver");
  CHECK(inspection.found[2].seen.starts_with("the cluster's networks could not be checked: "));
}

TEST_CASE_FIXTURE(Looking, "what a check that cannot look advises is its warning's fix") {
  run_checks(look, {{"the weather", [](Inspection&) -> void {
                       throw Error(ErrorKind::step, "no window", "open the door");
                     }}});
  CHECK(look.found ==
        std::vector{warning("unchecked", "the weather could not be checked: no window", "open the door")});
}

TEST_CASE_FIXTURE(Looking, "damaged media and an interrupt are no findings") {
  const std::vector<NamedCheck> damaged{
      {"media", [](Inspection&) -> void { throw Error(ErrorKind::integrity, "flipped"); }}};
  const std::vector<NamedCheck> interrupted{
      {"key", [](Inspection&) -> void { throw Error(ErrorKind::interrupted, "Ctrl-C"); }}};
  CHECK(thrown_by([&] { run_checks(look, damaged); }).kind() == ErrorKind::integrity);
  CHECK(thrown_by([&] { run_checks(look, interrupted); }).kind() == ErrorKind::interrupted);
  CHECK(look.found.empty());
}

TEST_CASE_FIXTURE(Looking, "Kubernetes' minor version is the second number of its component") {
  CHECK(look.kubernetes_minor() == 34);
  index.components.at(0).version = "v2";
  CHECK(look.kubernetes_minor() == std::nullopt);
  index.components.at(0).version = "v1.x.3";
  CHECK(look.kubernetes_minor() == std::nullopt);
  index.components.clear();
  CHECK(look.kubernetes_minor() == std::nullopt);
}

TEST_CASE_FIXTURE(Looking, "a process is known by what the kernel keeps of its name") {
  CHECK(look.is_running("chronyd"));
  CHECK_FALSE(look.is_running("chrony"));
  put("/proc/7/comm", "systemd-timesyn\n");
  CHECK(look.is_running("systemd-timesyncd"));
  put("/proc/net/comm", "firewalld\n");  // no process
  CHECK_FALSE(look.is_running("firewalld"));
}

TEST_CASE_FIXTURE(Looking, "programs and packages are known by their whole names") {
  CHECK(look.has_program("dnf"));
  CHECK_FALSE(look.has_program("dn"));
  index.rpms = {{.nevra = "chrony-4.5-1.el9.x86_64"},
                {.nevra = "nvidia-driver-1-1.x86_64", .roles = {"gpu"}}};
  CHECK(look.brings_package("chrony"));
  CHECK_FALSE(look.brings_package("chron"));
  CHECK_FALSE(look.brings_package("nvidia-driver"));
}

}  // namespace
}  // namespace bundle::preflight
