#include "store/cache.hpp"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/error.hpp"
#include "base/utf8.hpp"

namespace bundle::store {
namespace {

/// Whether `path` still names the open file: its last holder may have renamed it away before we got the lock.
bool is_same_file(int fd, const std::filesystem::path& path) {
  struct stat opened{};
  struct stat named{};
  return fstat(fd, &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

Partial open_private(const std::filesystem::path& path) {
  std::string name = path.string() + ".XXXXXX";
  UniqueFd fd(mkostemp(name.data(), O_CLOEXEC));
  if (!fd) {
    fail_errno("create", name, errno);
  }
  if (fchmod(fd.get(), 0644) != 0) {
    fail_errno("change the mode of", name, errno);
  }
  return {std::move(fd), name, true};
}

}  // namespace

Partial::~Partial() {
  if (fd_ && is_private_) {
    unlink(path_.c_str());
  }
}

void Partial::discard() {
  unlink(path_.c_str());
  fd_.reset();
}

std::filesystem::path Cache::default_root() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr &&
      *cache == '/') {  // a relative one must be ignored: XDG Base Directory Specification
    return std::filesystem::path(cache) / "bundle";
  }
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') {
    throw Error(ErrorKind::usage, "there is no folder for the cache: neither XDG_CACHE_HOME nor HOME is set");
  }
  return std::filesystem::path(home) / ".cache/bundle";
}

std::filesystem::path Cache::blob(HashKind kind, const std::string& hex) const {
  if (hex.size() != hex_length(kind) || hex.find_first_not_of("0123456789abcdef") != std::string::npos) {
    fail(ErrorKind::integrity, "'{}' is not a {} checksum", first_bytes(hex, 130), to_string(kind));
  }
  return root_ / to_string(kind) / hex.substr(0, 2) / hex;
}

Partial Cache::open_partial(const std::string& key) const {
  const std::filesystem::path path = root_ / "partial" / sha256_hex(key);
  make_folders(path.parent_path());
  while (true) {
    UniqueFd fd = open_file(path, OpenMode::create_or_open);
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      return open_private(path);
    }
    if (is_same_file(fd.get(), path)) {
      return {std::move(fd), path, false};
    }
  }
}

std::filesystem::path Cache::commit(Partial partial, HashKind kind, const std::string& hex) const {
  const std::filesystem::path path = blob(kind, hex);
  make_folders(path.parent_path());
  if (rename(partial.path_.c_str(), path.c_str()) != 0) {
    fail_errno("rename to", path.string(), errno);
  }
  partial.fd_.reset();
  return path;
}

}  // namespace bundle::store
