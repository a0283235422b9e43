#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "host/host.hpp"
#include "upkeep/etcd_program.hpp"

// Snapshots of etcd on a master's own disk: FOLDER/etcd-20261127T020000Z.db, for root alone.
namespace bundle::upkeep {

struct SnapshotOrder {
  std::string folder = "/var/backups/etcd";
  std::uint64_t keep = 7;  ///< at least 1
};

/// Asks this master's etcd for a snapshot, checks it, and only then gives it its name; of those in the folder
/// the newest `keep` stay. Returns its path. Whatever fails leaves all earlier ones: Error(no_space) when the
/// disk cannot take another one, Error(preflight) on a host without etcd, else Error(step).
std::string take_snapshot(const host::Host& host, const SnapshotOrder& order);

/// What a snapshot holds, by `etcdutl snapshot status`.
struct SnapshotStatus {
  std::uint64_t revision = 0;
  std::uint64_t keys = 0;
  std::string sha256;  ///< that it ends with
};

/// Checks a snapshot as etcd would: the SHA-256 at its end, and the pages of its database. Changes nothing.
/// Throws Error(integrity) for one that is damaged, Error(usage) where there is no such file.
SnapshotStatus check_snapshot(const host::Host& host, const EtcdPod& etcd, const std::string& path);

}  // namespace bundle::upkeep
