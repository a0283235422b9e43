#include "format/plain_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/error.hpp"

namespace bundle::format {

namespace {

/// Says what a path is that is no regular file.
void require_regular(const struct stat& status, const std::filesystem::path& path) {
  if (S_ISLNK(status.st_mode)) {
    fail(ErrorKind::integrity, "{} is a symbolic link; a bundle has none", path.string());
  }
  if (!S_ISREG(status.st_mode)) {
    fail(ErrorKind::integrity, "{} is not a regular file", path.string());
  }
}

}  // namespace

std::optional<PlainFile> open_plain_file(const std::filesystem::path& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) {
      return std::nullopt;
    }
    fail_errno("look at", path.string(), errno);
  }
  // Opening alone does things to a tape or a watchdog, so it is looked at first. Until it is open it may be
  // another one: O_NONBLOCK, for a pipe must not wait for a writer, and a second look.
  require_regular(status, path);
  PlainFile file{.fd = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK))};
  if (!file.fd) {
    fail_errno("open", path.string(), errno);
  }
  if (::fstat(file.fd.get(), &status) != 0) {
    fail_errno("look at", path.string(), errno);
  }
  require_regular(status, path);
  file.size_bytes = static_cast<std::uint64_t>(status.st_size);
  return file;
}

std::optional<std::string> read_plain_file(const std::filesystem::path& path, std::uint64_t limit_bytes) {
  const std::optional<PlainFile> file = open_plain_file(path);
  if (!file) {
    return std::nullopt;
  }
  if (file->size_bytes > limit_bytes) {
    fail(ErrorKind::integrity, "{} is larger than the {} bytes that such a file may have", path.string(),
         limit_bytes);
  }
  std::string content(file->size_bytes, '\0');
  if (!pread_all(file->fd.get(), std::as_writable_bytes(std::span(content)), 0, path.string())) {
    fail(ErrorKind::integrity, "{} became shorter while it was read", path.string());
  }
  return content;
}

}  // namespace bundle::format
