#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "base/fs.hpp"
#include "base/text.hpp"
#include "deliver/payload.hpp"
#include "format/image_blobs.hpp"
#include "format/index.hpp"
#include "host/facts.hpp"
#include "host/state_folder.hpp"
#include "preflight/inspection.hpp"

namespace bundle::preflight {
namespace {

/// Layers compressed with gzip unpack to about this much; at the very least to their own size.
constexpr double kLikelyUnpackRatio = 2.5;
/// kubelet throws images and pods out when less than this is free (imagefs.available and nodefs.available by
/// default 15% and 10%).
constexpr double kEvictionShare = 0.15;

struct Demand {
  std::string folder;
  std::string what;
  std::uint64_t least_bytes = 0;
  std::uint64_t likely_bytes = 0;
};

/// One file system with all that goes onto it.
struct FileSystem {
  std::uint64_t free_bytes = 0;
  std::uint64_t size_bytes = 0;
  std::vector<Demand> demands;
};

/// The folder itself or the nearest one above it that is there.
std::filesystem::path existing(std::filesystem::path folder) {
  std::error_code error;
  while (!std::filesystem::is_directory(folder, error) && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  return folder;
}

Demand image_demand(const Inspection& look) {
  const std::string store = look.site.containerd_root + "/io.containerd.content.v1.content/blobs/sha256/";
  std::uint64_t compressed = 0;
  for (const auto& [digest, size_bytes] : format::image_blobs(look.index, *look.parts, look.node.roles)) {
    compressed += look.host.exists(store + digest) ? 0 : size_bytes;
  }
  return {.folder = look.site.containerd_root,
          .what = fmt::format("images of {} and what they unpack to", format_size(compressed)),
          .least_bytes = 2 * compressed,
          .likely_bytes =
              compressed + static_cast<std::uint64_t>(static_cast<double>(compressed) * kLikelyUnpackRatio)};
}

Demand payload_demand(const Inspection& look) {
  std::uint64_t total = 0;
  for (const format::Entry* entry : deliver::payload_entries(look.index, look.node.roles)) {
    total += look.host.exists(host::payload_path(entry->path.str())) ? 0 : entry->size_bytes;
  }
  return {.folder = std::string(host::kStateFolder),
          .what = "RPMs, charts and programs",
          .least_bytes = total,
          .likely_bytes = total};
}

std::vector<Demand> file_demands(const Inspection& look) {
  std::vector<Demand> demands;
  for (const format::File& file : look.index.files) {
    const format::Entry* entry = look.index.find_entry(file.path);
    if (format::is_for(file.roles, look.node.roles) && !file.to.empty() && entry != nullptr &&
        !look.host.exists(file.to)) {
      demands.push_back({.folder = std::filesystem::path(file.to).parent_path().string(),
                         .what = file.to,
                         .least_bytes = entry->size_bytes,
                         .likely_bytes = entry->size_bytes});
    }
  }
  return demands;
}

std::map<std::uint64_t, FileSystem> file_systems(const Inspection& look) {
  std::vector<Demand> demands = file_demands(look);
  demands.push_back(image_demand(look));
  demands.push_back(payload_demand(look));
  std::map<std::uint64_t, FileSystem> systems;
  for (Demand& demand : demands) {
    const std::filesystem::path folder = existing(look.host.at(demand.folder));
    struct stat status{};
    if (::stat(folder.c_str(), &status) != 0) {
      continue;
    }
    FileSystem& system = systems[status.st_dev];
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(folder, error);
    system.free_bytes = error ? 0 : space.available;
    system.size_bytes = error ? 0 : space.capacity;
    system.demands.push_back(std::move(demand));
  }
  return systems;
}

void check_space(Inspection& look) {
  if (look.parts == nullptr) {
    return;
  }
  for (const auto& [device, system] : file_systems(look)) {
    std::uint64_t least = 0;
    std::uint64_t likely = 0;
    std::vector<std::string> what;
    for (const Demand& demand : system.demands) {
      least += demand.least_bytes;
      likely += demand.likely_bytes;
      what.push_back(fmt::format("{} in {}", demand.what, demand.folder));
    }
    const std::string& folder = system.demands.front().folder;
    const std::string fix = fmt::format(
        "df -h {}; make room, or name a larger disk in the site file: storage: {{containerd: FOLDER}}",
        folder);
    if (least > system.free_bytes) {
      look.error("disk-space",
                 fmt::format("{} free, and at least {} are needed for {}", format_size(system.free_bytes),
                             format_size(least), join(what, "; ")),
                 fix);
    } else if (likely > 0 &&
               (likely > system.free_bytes || static_cast<double>(system.free_bytes - likely) <
                                                  kEvictionShare * static_cast<double>(system.size_bytes))) {
      look.warning(
          "disk-space",
          fmt::format(
              "{} of {} free, and about {} are needed for {}: kubelet throws out images and pods when "
              "less than 15% are left",
              format_size(system.free_bytes), format_size(system.size_bytes), format_size(likely),
              join(what, "; ")),
          fix);
    }
  }
}

void check_file_systems(Inspection& look) {
  const std::vector<host::Mount> mounts = host::host_mounts(look.host);
  const host::Mount* mount = host::mount_of(mounts, look.site.containerd_root);
  if (mount == nullptr) {
    return;
  }
  for (const char* option : {"noexec", "ro"}) {
    if (std::find(mount->options.begin(), mount->options.end(), option) != mount->options.end()) {
      look.error("mount-option",
                 fmt::format("{} lies on {}, which is mounted {}: containers could not run",
                             look.site.containerd_root, mount->folder, option),
                 fmt::format("mount -o remount,rw,exec {}, and the same in /etc/fstab", mount->folder));
    }
  }
  if (mount->type != "xfs") {
    return;
  }
  const std::optional<CommandResult> info = look.try_ask({"xfs_info", mount->folder});
  if (info && info->out.find("ftype=0") != std::string::npos) {
    look.error("xfs-ftype",
               fmt::format("{} lies on an XFS that was made with ftype=0, which overlayfs does not work on",
                           look.site.containerd_root),
               "mkfs.xfs -n ftype=1 on another disk, and 'storage: {containerd: FOLDER}' in the site file");
  }
}

}  // namespace

std::vector<NamedCheck> disk_checks() {
  return {{"the free space", check_space}, {"the file systems", check_file_systems}};
}

}  // namespace bundle::preflight
