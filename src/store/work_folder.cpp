#include "store/work_folder.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>

#include <cerrno>

#include "base/error.hpp"

namespace bundle::store {
namespace {

namespace stdfs = std::filesystem;

UniqueFd open_folder(const stdfs::path& folder) {
  return UniqueFd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

void wait_for_lock(const UniqueFd& fd, const stdfs::path& name) {
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) {
      fail_errno("lock", name.string(), errno);
    }
  }
}

void remove_dead_folders(const stdfs::path& parent) {
  for (const std::string& name : list_folder(parent)) {
    const UniqueFd fd = open_folder(parent / name);
    if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
      std::error_code ignored;
      stdfs::remove_all(parent / name, ignored);
    }
  }
}

}  // namespace

WorkFolder::WorkFolder(const stdfs::path& root) {
  const stdfs::path parent = root / "work";
  make_folders(parent);
  const UniqueFd starting =
      open_file(root / "work.lock", OpenMode::create_or_open);  // one run at a time in here
  wait_for_lock(starting, root / "work.lock");
  remove_dead_folders(parent);
  std::string name = (parent / "XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    fail_errno("create a folder in", parent.string(), errno);
  }
  path_ = name;
  held_ = open_folder(path_);
  wait_for_lock(held_, path_);
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  stdfs::remove_all(path_, ignored);
}

}  // namespace bundle::store
