#include "upkeep/timers.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "actions/command.hpp"
#include "actions/files.hpp"
#include "actions/folders.hpp"
#include "actions/keep.hpp"
#include "actions/units.hpp"
#include "base/error.hpp"
#include "host/state_folder.hpp"

namespace bundle::upkeep {
namespace {

/// What is done when.
struct Timed {
  std::string unit;     ///< without its ending
  std::string title;    ///< of the step
  std::string does;     ///< what systemd shows
  std::string command;  ///< behind the program
  std::string when;     ///< OnCalendar
  std::string spread;   ///< RandomizedDelaySec: masters do not come all at once
};

std::string path_of(const Timed& timed, std::string_view ending) {
  return fmt::format("/etc/systemd/system/{}.{}", timed.unit, ending);
}

/// Through env: SELinux lets systemd start what lies in /usr/bin, which may then run what lies in /var/lib.
/// Source: systemd.service(5), systemd.timer(5); all of it is in systemd 239 of Enterprise Linux 8.
std::string service_text(const Timed& timed) {
  return fmt::format(
      "[Unit]\nDescription=bundle: {}\nAfter=containerd.service kubelet.service\n\n[Service]\nType=oneshot\n"
      "ExecStart=/usr/bin/env {} {}\n",
      timed.does, host::kProgram, timed.command);
}

/// Persistent: a host that was off then makes up for it.
std::string timer_text(const Timed& timed) {
  return fmt::format(
      "[Unit]\nDescription=bundle: {}\n\n[Timer]\nOnCalendar={}\nRandomizedDelaySec={}\nPersistent=true\n\n"
      "[Install]\nWantedBy=timers.target\n",
      timed.does, timed.when, timed.spread);
}

/// systemd has read both files as they are now.
bool are_loaded(const host::Host& host, const Timed& timed) {
  const std::array<std::string, 2> units{timed.unit + ".service", timed.unit + ".timer"};
  return std::none_of(units.begin(), units.end(), [&](const std::string& unit) {
    const CommandResult shown = host.ask({"systemctl", "show", unit, "--property=NeedDaemonReload"});
    return shown.out.find("NeedDaemonReload=yes") != std::string::npos;
  });
}

void add_timer(steps::Step& step, const Timed& timed) {
  const std::string timer = path_of(timed, "timer");
  step.add(actions::write_file({.path = path_of(timed, "service"), .content = service_text(timed)}));
  step.add(actions::write_file({.path = timer, .content = timer_text(timed)}));
  // Where systemd keeps when it last ran.
  step.add(actions::own_folder("/var/lib/systemd/timers", {fmt::format("stamp-{}.timer", timed.unit)}));
  step.add(
      actions::run_command({.key = "daemon-reload",
                            .argv = {"systemctl", "daemon-reload"},
                            .is_done = [timed](const host::Host& host) { return are_loaded(host, timed); },
                            .undo = {}}));
  step.add(actions::set_unit(timed.unit + ".timer", actions::UnitState::enabled, timer));
}

steps::Step step_of(std::string id, bool is_wanted, const Timed& timed) {
  steps::Step step{.id = std::move(id), .title = timed.title, .hint = "journalctl -u " + timed.unit};
  if (is_wanted) {
    add_timer(step, timed);
  } else {
    step.add(actions::set_unit(timed.unit + ".timer", actions::UnitState::disabled));
  }
  return step;
}

}  // namespace

steps::Step certificates_step(const site::Site& site) {
  return step_of("certificates", site.renews_certificates,
                 {.unit = std::string(host::kCertificatesUnit),
                  .title = "let this master renew its certificates",
                  .does = "renew the certificates of this master",
                  .command = "renew-certificates",
                  .when = "*-*-* 04:00:00",
                  .spread = "2h"});
}

steps::Step snapshots_step(const site::Site& site) {
  const site::SnapshotRule& rule = site.snapshots;
  steps::Step step =
      step_of("etcd-snapshots", rule.is_on,
              {.unit = std::string(host::kSnapshotsUnit),
               .title = "let this master take snapshots of etcd",
               .does = "take a snapshot of etcd",
               .command = fmt::format("etcd snapshot --keep {} --to {}", rule.keep, rule.folder),
               .when = "*-*-* 02:00:00",
               .spread = "1h"});
  if (rule.is_on) {
    step.add(actions::keep(rule.folder, "snapshots of etcd come there, for root alone; undo leaves them"));
  }
  return step;
}

}  // namespace bundle::upkeep
