#include "base/partial_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"

namespace bundle {
namespace {

std::filesystem::path partial_path(const std::filesystem::path& path) {
  return path.parent_path() / ("." + path.filename().string() + ".bundle-partial");
}

}  // namespace

PartialFile::PartialFile(std::filesystem::path path, unsigned mode)
    : path_(std::move(path)), partial_(partial_path(path_)) {
  make_folders(path_.parent_path());
  ::unlink(partial_.c_str());
  fd_ = UniqueFd(::open(partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd_) {
    fail_errno("create", partial_.string(), errno);
  }
  static_cast<void>(try_lock_file(fd_.get(), partial_.string()));  // for remove_leftover_of
}

PartialFile::~PartialFile() {
  if (!is_committed_) {
    ::unlink(partial_.c_str());
  }
}

void PartialFile::write(Bytes bytes) {
  pwrite_all(fd_.get(), bytes, size_bytes_, partial_.string());
  size_bytes_ += bytes.size();
}

const std::filesystem::path& PartialFile::sync() {
  fsync_file(fd_.get(), partial_.string());
  return partial_;
}

void PartialFile::commit(unsigned mode) {
  if (::fchmod(fd_.get(), mode) != 0) {
    fail_errno("set the mode of", partial_.string(), errno);
  }
  commit();
}

void PartialFile::commit() {
  sync();
  if (::rename(partial_.c_str(), path_.c_str()) != 0) {
    fail_errno("rename to", path_.string(), errno);
  }
  is_committed_ = true;
  fsync_folder(path_.parent_path());
}

void remove_leftover_of(const std::filesystem::path& path) {
  const std::filesystem::path partial = partial_path(path);
  struct stat status{};
  if (::lstat(partial.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return;
  }
  const UniqueFd fd(::open(partial.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (fd && try_lock_file(fd.get(), partial.string())) {
    ::unlink(partial.c_str());
  }
}

}  // namespace bundle
