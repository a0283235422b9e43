#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/host.hpp"

namespace bundle::host {

/// What is mounted at a folder (or over a file).
struct MountPoint {
  std::string device;  ///< `8:1`; mounts of one file system have the same
  std::string root;    ///< what of that file system: `/`, or the path that a bind mount shows
  std::string folder;
  std::string type;
  std::string source;  ///< `/dev/sda1`, `server:/export`
};

/// Rows of /proc/self/mountinfo, in the order in which they were mounted.
/// Source: proc_pid_mountinfo(5).
std::vector<MountPoint> mount_points(const Host& host);

/// Whether `path` is `folder`, or below it.
bool is_within(std::string_view path, std::string_view folder);

/// Whether something is mounted at exactly this path.
bool is_mount_point(const std::vector<MountPoint>& mounts, std::string_view path);

/// Whether a mount shows a part of `folder` itself, as the kubelet binds a file of a volume into a
/// container's place: what is seen there lies in the folder as well.
bool shows_part_of(const MountPoint& mount, const std::vector<MountPoint>& mounts, std::string_view folder);

/// `srv:/export (nfs4)`, `a bind mount of /data (xfs)`.
std::string words(const MountPoint& mount);

/// Where a path of this host leads when links are followed; the path itself where that is out of the host's
/// root.
std::string resolved(const Host& host, std::string_view path);

}  // namespace bundle::host
