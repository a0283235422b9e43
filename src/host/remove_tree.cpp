#include "host/remove_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"

namespace bundle::host {
namespace {

namespace stdfs = std::filesystem;

constexpr std::uint64_t kMaxFdinfoBytes = 64 << 10;

[[noreturn]] void fail_removal(const stdfs::path& path, int error_number) {
  fail(ErrorKind::step, "cannot remove {}: {}", path.string(), std::strerror(error_number));
}

/// After a call that failed: true where nothing is there any more, which is as well; throws for all else.
bool is_gone(const stdfs::path& path) {
  if (errno != ENOENT) {
    fail_removal(path, errno);
  }
  return true;
}

/// The mount that an open file lies on: by the kernel's number, which also tells two mounts of one disk
/// apart; without /proc by the device.
struct MountOf {
  std::string id;
  dev_t device = 0;
  bool operator==(const MountOf&) const = default;
};

MountOf mount_of(int fd, const stdfs::path& path) {
  constexpr std::string_view kKey = "mnt_id:";
  const std::string info = fmt::format("/proc/self/fdinfo/{}", fd);
  if (::access(info.c_str(), R_OK) == 0) {
    const std::string text = read_file(info, kMaxFdinfoBytes);
    for (const std::string_view line : split(text, '\n')) {
      if (line.starts_with(kKey)) {
        return {.id = std::string(trim(line.substr(kKey.size())))};
      }
    }
  }
  struct stat status{};
  if (::fstat(fd, &status) != 0) {
    fail_removal(path, errno);
  }
  return {.id = {}, .device = status.st_dev};
}

/// Read at once: what is removed while a folder is read may hide what comes after it.
std::vector<std::string> names_in(int folder, const stdfs::path& path) {
  const int again = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(again < 0 ? nullptr : ::fdopendir(again), ::closedir);
  if (!stream) {
    fail_removal(path, errno);
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") {
      names.push_back(name);
    }
    errno = 0;
  }
  if (errno != 0) {
    fail_removal(path, errno);
  }
  return names;
}

UniqueFd open_folder(int parent, const std::string& name) {
  return UniqueFd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

class Removal {
 public:
  explicit Removal(const IsMounted& is_mounted) : is_mounted_(is_mounted) {}

  /// One entry of a folder on this mount. False: something mounted in it, or on it, is left.
  bool remove(int parent, const std::string& name, const MountOf& mount, const stdfs::path& path) {
    if (is_mounted_ && is_mounted_(path)) {
      return leave(path);
    }
    struct stat status{};
    if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) {
      return is_gone(path);
    }
    if (!S_ISDIR(status.st_mode)) {
      return unlink(parent, name, 0, path);
    }
    const UniqueFd folder = open_folder(parent, name);
    if (!folder) {
      return is_gone(path);
    }
    if (mount_of(folder.get(), path) != mount) {
      return leave(path);
    }
    return empty(folder.get(), mount, path, {}) && unlink(parent, name, AT_REMOVEDIR, path);
  }

  bool empty(int folder, const MountOf& mount, const stdfs::path& path, const Selects& selects) {
    check_interrupt();
    bool is_empty = true;
    for (const std::string& name : names_in(folder, path)) {
      if (!selects || selects(name)) {
        is_empty = remove(folder, name, mount, path / name) && is_empty;
      }
    }
    return is_empty;
  }

  std::vector<stdfs::path> take_left() { return std::move(left_); }

 private:
  bool leave(const stdfs::path& path) {
    left_.push_back(path);
    return false;
  }

  /// The kernel refuses what something is mounted on.
  bool unlink(int parent, const std::string& name, int flags, const stdfs::path& path) {
    if (::unlinkat(parent, name.c_str(), flags) == 0) {
      return true;
    }
    return errno == EBUSY ? leave(path) : is_gone(path);
  }

  const IsMounted& is_mounted_;
  std::vector<stdfs::path> left_;
};

}  // namespace

std::vector<stdfs::path> remove_tree(const stdfs::path& path, const IsMounted& is_mounted) {
  const UniqueFd parent(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Removal removal(is_mounted);
  if (parent || !is_gone(path)) {
    removal.remove(parent.get(), path.filename().string(), mount_of(parent.get(), path), path);
  }
  return removal.take_left();
}

std::vector<stdfs::path> remove_content(const stdfs::path& folder, const Selects& selects,
                                        const IsMounted& is_mounted) {
  const UniqueFd open = open_folder(AT_FDCWD, folder.string());
  Removal removal(is_mounted);
  if (open || !is_gone(folder)) {
    removal.empty(open.get(), mount_of(open.get(), folder), folder, selects);
  }
  return removal.take_left();
}

}  // namespace bundle::host
