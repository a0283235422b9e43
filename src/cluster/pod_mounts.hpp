#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"
#include "host/mounts.hpp"

namespace bundle::cluster {

/// Unmounts what the kubelet has mounted for pods below its folder: volumes that live in memory, overlays,
/// and what it shows a second time of that very folder. All else (NFS, a disk, a bind mount of other data)
/// stays, and so does a mount that one of these lies in.
void unmount_pods(const host::Host& host);

/// What is mounted at or below a folder (links resolved).
std::vector<host::MountPoint> mounts_in(const host::Host& host, const std::string& folder);

/// Folders that a command is to find empty.
struct Covers {
  std::vector<std::string> folders;
  std::vector<host::MountPoint> hidden;  ///< what is mounted strictly below them
};

/// The command in mounts of its own: it can neither reach what lies in the covered folders, nor unmount
/// anything there. Source: mount_namespaces(7), unshare(1).
std::vector<std::string> behind_covers(std::vector<std::string> argv, const Covers& covers);

}  // namespace bundle::cluster
