#pragma once

#include <string>
#include <string_view>

#include "host/host.hpp"

namespace bundle::host {

/// Where the installer keeps its own things on a host.
constexpr std::string_view kStateFolder = "/var/lib/bundle";

/// The journal of a host.
constexpr std::string_view kJournalPath = "/var/lib/bundle/journal";

/// Who is at work on a host (WorkLock); of this boot, and outside of the folder that preflight leaves alone.
constexpr std::string_view kWorkLockPath = "/run/bundle.lock";

/// What tells containerd to pull from the registry of a running installation; what a killed one left is
/// written anew by the next, and gone with a boot.
constexpr std::string_view kPullHosts = "/run/bundle-pull";

/// The log of a step.
std::string log_path(std::string_view step);

/// Where an entry of the bundle is unpacked.
std::string payload_path(std::string_view entry_path);

/// What a site's answers made of an entry of the bundle, or were given as.
std::string site_path(std::string_view name);

/// The kept copy of a file that was replaced, by the SHA-256 of its content.
std::string backup_path(std::string_view sha256);

/// Content of dnf's private reposdir, and its cache.
constexpr std::string_view kDnfFolder = "/var/lib/bundle/dnf";
/// kubectl's cache.
constexpr std::string_view kKubectlFolder = "/var/lib/bundle/kubectl";

/// HOME of the programs that an installation runs: what they keep there is theirs and ours, not root's.
constexpr std::string_view kHomeFolder = "/var/lib/bundle/home";

/// The program that timers of this host run: the one that its bundle carries.
constexpr std::string_view kProgram = "/var/lib/bundle/bin/bundle";
/// Units of systemd on a master, each a timer with a service of the same name.
constexpr std::string_view kCertificatesUnit = "bundle-certificates";
constexpr std::string_view kSnapshotsUnit = "bundle-etcd-snapshots";
/// What the last run of such a unit's program could not do; there is no file when it went well.
std::string fault_path(std::string_view unit);
/// That a restore of etcd has begun, and how far it has come.
constexpr std::string_view kRestoreMark = "/var/lib/bundle/etcd-restore.json";

/// Removes what was unpacked, once no step needs it any more. The journal and the logs stay: they are the
/// evidence; so do kept copies, of which some may be the only ones. Throws Error(step) when something cannot
/// be removed.
void remove_payload(const Host& host);

}  // namespace bundle::host
