#include "base/fs.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/error.hpp"

namespace bundle {

namespace stdfs = std::filesystem;

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int UniqueFd::release() { return std::exchange(fd_, -1); }

void UniqueFd::reset() {
  if (fd_ >= 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

UniqueFd open_file(const stdfs::path& path, OpenMode mode) {
  int flags = O_CLOEXEC;
  switch (mode) {
    case OpenMode::read:
      flags |= O_RDONLY;
      break;
    case OpenMode::create_or_open:
      flags |= O_RDWR | O_CREAT;
      break;
    case OpenMode::create_new:
      flags |= O_RDWR | O_CREAT | O_EXCL;
      break;
  }
  const int fd = ::open(path.c_str(), flags, 0644);
  if (fd < 0) {
    fail_errno("open", path.string(), errno);
  }
  return UniqueFd(fd);
}

std::string read_file(const stdfs::path& path, std::uint64_t limit_bytes) {
  const UniqueFd fd = open_file(path, OpenMode::read);
  std::string content;
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      fail_errno("read", path.string(), errno);
    }
    if (got == 0) {
      return content;
    }
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > limit_bytes) {
      fail(ErrorKind::integrity, "{} is larger than the {} bytes that such a file may have", path.string(),
           limit_bytes);
    }
  }
}

void write_file_atomically(const stdfs::path& path, std::string_view content, unsigned mode) {
  const stdfs::path folder = path.has_parent_path() ? path.parent_path() : stdfs::path(".");
  std::string temporary = (folder / ("." + path.filename().string() + ".XXXXXX")).string();
  UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) {
    fail_errno("create", temporary, errno);
  }
  try {
    pwrite_all(fd.get(), as_bytes(content), 0, temporary);
    // FAT knows no such modes; there only a secret is too much to ask.
    const bool is_secret = (mode & 0077) == 0;
    if (::fchmod(fd.get(), mode) != 0 && (is_secret || errno != EPERM)) {
      fail_errno("set the mode of", temporary, errno);
    }
    fsync_file(fd.get(), temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
      fail_errno("rename to", path.string(), errno);
    }
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  fsync_folder(folder);
}

namespace {

/// FAT and its like show every file with the mode of their mounting.
void require_secret(int fd, const stdfs::path& path, unsigned mode) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) {
    fail_errno("look at", path.string(), errno);
  }
  const bool is_secret = (mode & 0077) == 0;
  if (is_secret && (status.st_mode & 0077) != 0) {
    throw Error(ErrorKind::usage,
                fmt::format("the file system of {} keeps no modes: others could read it", path.string()),
                "choose a place on a disk of this machine");
  }
}

}  // namespace

void write_new_file(const stdfs::path& path, std::string_view content, unsigned mode) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) {
    fail_errno("create", path.string(), errno);
  }
  try {
    pwrite_all(fd.get(), as_bytes(content), 0, path.string());
    fsync_file(fd.get(), path.string());
    require_secret(fd.get(), path, mode);
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
}

bool pread_all(int fd, std::span<std::byte> buffer, std::uint64_t offset, std::string_view name) {
  while (!buffer.empty()) {
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (got < 0 && errno != EINTR) {
      fail_errno("read", name, errno);
    }
    if (got == 0) {
      return false;
    }
    if (got > 0) {
      buffer = buffer.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
  }
  return true;
}

bool stream_file(const std::filesystem::path& path, std::uint64_t size_bytes, std::span<std::byte> buffer,
                 const std::function<void(Bytes)>& sink) {
  const UniqueFd fd = open_file(path, OpenMode::read);
  for (std::uint64_t at = 0; at < size_bytes;) {
    const std::span<std::byte> chunk = buffer.first(std::min<std::uint64_t>(buffer.size(), size_bytes - at));
    if (!pread_all(fd.get(), chunk, at, path.string())) {
      return false;
    }
    sink(chunk);
    at += chunk.size();
  }
  return true;
}

void pwrite_all(int fd, Bytes bytes, std::uint64_t offset, std::string_view name) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno != EINTR) {
      fail_errno("write", name, errno);
    }
    if (put > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(put));
      offset += static_cast<std::uint64_t>(put);
    }
  }
}

void fsync_file(int fd, std::string_view name) {
  if (::fsync(fd) != 0) {
    fail_errno("fsync", name, errno);
  }
}

void fsync_folder(const stdfs::path& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    fail_errno("open", folder.string(), errno);
  }
  fsync_file(fd.get(), folder.string());
}

bool try_lock_file(int fd, std::string_view name) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
    return true;
  }
  if (errno == EWOULDBLOCK) {
    return false;
  }
  if (errno != ENOLCK && errno != ENOSYS && errno != EOPNOTSUPP) {
    fail_errno("lock", name, errno);
  }
  return true;
}

std::uint64_t file_size(const stdfs::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    fail_errno("look at", path.string(), errno);
  }
  return static_cast<std::uint64_t>(status.st_size);
}

std::uint64_t free_space_bytes(const stdfs::path& folder) {
  struct statvfs status{};
  if (::statvfs(folder.c_str(), &status) != 0) {
    fail_errno("ask the free space of", folder.string(), errno);
  }
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

std::vector<std::string> list_folder(const stdfs::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (stdfs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) {
    fail_errno("list", folder.string(), error.value());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void make_folders(const stdfs::path& folder) {
  std::error_code error;
  stdfs::create_directories(folder, error);
  if (error) {
    fail_errno("create the folder", folder.string(), error.value());
  }
}

TempDir::TempDir(const stdfs::path& parent) {
  std::error_code error;
  const stdfs::path base = parent.empty() ? stdfs::temp_directory_path(error) : parent;
  if (error) {
    fail_errno("use", "the temporary folder (TMPDIR)", error.value());
  }
  std::string name = (base / "bundle-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    fail_errno("create a temporary folder in", base.string(), errno);
  }
  path_ = name;
}

TempDir::~TempDir() {
  if (!path_.empty()) {
    std::error_code ignored;
    stdfs::remove_all(path_, ignored);
  }
}

}  // namespace bundle
