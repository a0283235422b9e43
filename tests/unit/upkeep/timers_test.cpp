#include "upkeep/timers.hpp"

#include <doctest/doctest.h>

#include "actions/command.hpp"
#include "actions/files.hpp"
#include "host/state_folder.hpp"
#include "support/lawful_action.hpp"
#include "support/skip.hpp"

namespace bundle::upkeep {
namespace {

std::string described(const steps::Step& step) {
  std::string text;
  for (const auto& action : step.actions) {
    text += action->describe();
  }
  return text;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the site says how many snapshots stay, and where") {
  site::Site site;
  site.snapshots = {.keep = 30, .folder = "/data/etcd"};
  const std::string text = described(snapshots_step(site));
  CHECK(holds(text,
              "ExecStart=/usr/bin/env /var/lib/bundle/bin/bundle etcd snapshot --keep 30 --to /data/etcd\n"));
  CHECK(holds(text, "keep /data/etcd"));
}

TEST_CASE("what the site does not want is turned off") {
  site::Site site;
  site.renews_certificates = false;
  site.snapshots.is_on = false;
  CHECK(described(certificates_step(site)) == "systemctl disable --now bundle-certificates.timer\n");
  CHECK(described(snapshots_step(site)) == "systemctl disable --now bundle-etcd-snapshots.timer\n");
}

TEST_CASE("systemd-analyze finds nothing wrong with the units" * doctest::test_suite("outside")) {
  bundle::test::FakeWorld world;
  bundle::test::WorldHost host(world);
  PosixRunner runner;
  if (!find_program("systemd-analyze")) {
    bundle::test::skip("no systemd-analyze");
  }
  const steps::Step steps[] = {certificates_step({}), snapshots_step({})};
  for (const steps::Step& step : steps) {
    for (const auto& action : step.actions) {
      steps::Context context(host.host);
      if (action->describe().starts_with("write ")) {
        action->apply(context);
      }
    }
  }
  // It looks for the program.
  world.put(host::kProgram, "");
  for (const char* unit : {"bundle-certificates", "bundle-etcd-snapshots"}) {
    for (const char* ending : {"service", "timer"}) {
      const std::filesystem::path file =
          world.folder.path() / "etc/systemd/system" / (std::string(unit) + "." + ending);
      const CommandResult judged = runner.run({.argv = {"systemd-analyze", "verify", file.string()}});
      CAPTURE(judged.err);
      CHECK(judged.status == 0);
    }
  }
}

}  // namespace bundle::upkeep
