#include "host/removal.hpp"

#include <unistd.h>

#include <filesystem>
#include <set>

#include "base/error.hpp"
#include "host/mounts.hpp"

namespace bundle::host {
namespace {

namespace stdfs = std::filesystem;

/// The absolute path that the host knows a file by.
std::string path_on(const Host& host, const stdfs::path& file) {
  return "/" + file.lexically_relative(host.root).string();
}

IsMounted known_mounts(const Host& host) {
  std::set<stdfs::path> mounted;
  for (const MountPoint& mount : mount_points(host)) {
    mounted.insert(host.at(mount.folder));
  }
  return [mounted = std::move(mounted)](const stdfs::path& path) { return mounted.contains(path); };
}

/// Names each; true when there is none.
bool name_left(const Host& host, const std::vector<stdfs::path>& left) {
  if (left.empty()) {
    return true;
  }
  const std::vector<MountPoint> mounts = mount_points(host);
  for (const stdfs::path& file : left) {
    const std::string path = path_on(host, file);
    std::string what = "something";
    for (const MountPoint& mount : mounts) {
      what = mount.folder == path ? words(mount) : what;
    }
    host.log.warn(fmt::format(
        "{}: {} is mounted there; it is left as it is, with the folders that lead to it", path, what));
  }
  return false;
}

}  // namespace

bool remove_path(const Host& host, const std::string& path) {
  return name_left(host, remove_tree(host.at(path), known_mounts(host)));
}

bool remove_content_of(const Host& host, const std::string& folder, const Selects& selects) {
  return name_left(host, remove_content(host.at(folder), selects, known_mounts(host)));
}

std::vector<std::string> missing_folders(const Host& host, const std::string& path) {
  std::vector<std::string> missing;
  for (stdfs::path folder = stdfs::path(path).parent_path(); !host.exists(folder.string());
       folder = folder.parent_path()) {
    missing.push_back(folder.string());
  }
  return missing;
}

void remove_if_empty(const Host& host, const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    ::rmdir(host.at(folder).c_str());
  }
}

}  // namespace bundle::host
