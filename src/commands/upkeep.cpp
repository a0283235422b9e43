#include "commands/upkeep.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"
#include "commands/host.hpp"
#include "host/state_folder.hpp"
#include "upkeep/renewal.hpp"
#include "upkeep/restore.hpp"

namespace bundle::commands {
namespace {

/// What fails is kept for `bundle status --cluster`, until it goes well. Works on the host meanwhile.
template <class Work>
void run_noted(Session& session, std::string_view unit, Work&& work) {
  const host::Host host = this_host(session);
  const std::filesystem::path note = host.at(host::fault_path(unit));
  try {
    const AtWork at_work(session, host);
    work(host);
  } catch (const Error& error) {
    try {
      if (error.kind() != ErrorKind::interrupted && host.exists(host::kJournalPath)) {
        make_folders(note.parent_path());
        write_file_atomically(
            note,
            fmt::format("{} ({})\n", printable(error.message().substr(0, error.message().find('\n'))),
                        format_utc(host.now())),
            0600);
      }
    } catch (const Error& unkept) {
      session.log->warn(
          fmt::format("this could not be kept for `bundle status --cluster`: {}", unkept.message()));
    }
    throw;
  }
  std::filesystem::remove(note);
}

void take_snapshot(Session& session, const EtcdOptions& options) {
  if (!options.file.empty()) {
    throw Error(ErrorKind::usage, fmt::format("snapshot takes no FILE ({})", escaped(options.file)),
                "--to names the folder");
  }
  if (options.order.keep == 0) {
    throw Error(ErrorKind::usage, "--keep 0 would keep none", "expected 1 or more");
  }
  run_noted(session, host::kSnapshotsUnit, [&](const host::Host& host) {
    session.print(upkeep::take_snapshot(host, options.order) + "\n");
  });
}

void say_what_is_next(Session& session, const upkeep::Restored& restored) {
  session.log->info(
      fmt::format("the cluster is this master alone, as of revision {} of the snapshot; etcd's data from "
                  "before is in {}: "
                  "remove it when nothing of it is missed",
                  restored.revision, restored.former_data));
  if (!restored.gone.empty()) {
    session.log->info(
        fmt::format("masters that do not answer were removed from the nodes: {}", join(restored.gone, ", ")));
  }
  for (const std::string& name : restored.alive) {
    session.log->warn(fmt::format(
        "{0} answers, and was a master of the cluster from before: there `bundle undo --all`, then here "
        "`kubectl delete node {0}`, before it joins again",
        name));
  }
  session.log->info(
      "then: bundle status --cluster; for each new master here: bundle join-info --role master; there: "
      "bundle install DIR "
      "--site site.yml --join join.yml --join-key JOIN.key");
}

void restore(Session& session, const EtcdOptions& options) {
  if (options.file.empty()) {
    throw Error(ErrorKind::usage, "restore needs FILE, a snapshot of etcd",
                "those that a master takes by itself are in /var/backups/etcd, or where the site file says");
  }
  const host::Host host = this_host(session);
  const AtWork at_work(session, host);
  const upkeep::Restored restored = upkeep::restore_etcd(
      host, {.snapshot = std::filesystem::absolute(options.file).lexically_normal().string(),
             .is_forced = options.force});
  say_what_is_next(session, restored);
}

}  // namespace

void renew_certificates(Session& session) {
  run_noted(session, host::kCertificatesUnit, [&](const host::Host& host) {
    session.print(
        upkeep::renew_certificates(host)
            ? "the certificates of this master are renewed, and in use\n"
            : fmt::format("no certificate of kubeadm's ends within {} days\n", upkeep::kRenewalDays));
  });
}

void etcd(Session& session, const EtcdOptions& options) {
  options.action == "restore" ? restore(session, options) : take_snapshot(session, options);
}

}  // namespace bundle::commands
