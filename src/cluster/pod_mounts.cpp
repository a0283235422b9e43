#include "cluster/pod_mounts.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "cluster/data_folders.hpp"

namespace bundle::cluster {
namespace {

using host::MountPoint;

/// `pods/UID/volumes/…` or `pods/UID/volume-subpaths/…` below the kubelet's folder.
bool is_place_of_a_volume(std::string_view path, std::string_view kubelet) {
  if (!host::is_within(path, kubelet) || path == kubelet) {
    return false;
  }
  const std::vector<std::string_view> parts = split(path.substr(kubelet.size() + 1), '/');
  return parts.size() > 3 && parts[0] == "pods" && (parts[2] == "volumes" || parts[2] == "volume-subpaths");
}

bool is_pods_own(const MountPoint& mount, const std::vector<MountPoint>& mounts, std::string_view kubelet) {
  constexpr std::array<std::string_view, 3> kTypes{"tmpfs", "overlay", "hugetlbfs"};
  const bool keeps_nothing = std::find(kTypes.begin(), kTypes.end(), mount.type) != kTypes.end();
  return host::is_within(mount.folder, kubelet) &&
         ((keeps_nothing && is_place_of_a_volume(mount.folder, kubelet)) ||
          host::shows_part_of(mount, mounts, kubelet));
}

/// Takes the mounts that are to be unmounted, those that are to be covered, and the command, with "--"
/// between.
constexpr const char* kScript = R"(set -e
while [ "$1" != -- ]; do umount --no-canonicalize --lazy "$1"; shift; done
shift
while [ "$1" != -- ]; do mount -t tmpfs tmpfs "$1"; shift; done
shift
exec "$@")";

}  // namespace

void unmount_pods(const host::Host& host) {
  const std::string kubelet = host::resolved(host, kKubeletFolder);
  const std::vector<MountPoint> mounts = host::mount_points(host);
  std::vector<std::string> kept;
  for (auto mount = mounts.rbegin(); mount != mounts.rend(); ++mount) {
    const bool holds_others = std::any_of(kept.begin(), kept.end(), [&](const std::string& other) {
      return host::is_within(other, mount->folder);
    });
    if (holds_others || !is_pods_own(*mount, mounts, kubelet)) {
      kept.push_back(mount->folder);
    } else {
      host.run({"umount", mount->folder});
    }
  }
}

std::vector<MountPoint> mounts_in(const host::Host& host, const std::string& folder) {
  const std::string real = host::resolved(host, folder);
  std::vector<MountPoint> found;
  for (MountPoint& mount : host::mount_points(host)) {
    if (host::is_within(mount.folder, real)) {
      found.push_back(std::move(mount));
    }
  }
  return found;
}

std::vector<std::string> behind_covers(std::vector<std::string> argv, const Covers& covers) {
  if (covers.folders.empty()) {
    return argv;
  }
  std::vector<std::string> line{"unshare", "--mount", "--propagation", "private",
                                "bash",    "-c",      kScript,         "bash"};
  for (auto mount = covers.hidden.rbegin(); mount != covers.hidden.rend(); ++mount) {
    line.push_back(mount->folder);
  }
  line.emplace_back("--");
  line.insert(line.end(), covers.folders.begin(), covers.folders.end());
  line.emplace_back("--");
  line.insert(line.end(), argv.begin(), argv.end());
  return line;
}

}  // namespace bundle::cluster
