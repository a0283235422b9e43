#include "commands/copy_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <span>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/interrupt.hpp"
#include "format/plain_file.hpp"

namespace bundle::commands {
namespace {

namespace stdfs = std::filesystem;

constexpr std::size_t kBufferBytes = 1 << 20;
constexpr std::size_t kAlignment = 4096;  // what O_DIRECT wants at most

struct FreeMemory {
  void operator()(std::byte* memory) const { std::free(memory); }
};
using Buffer = std::unique_ptr<std::byte[], FreeMemory>;

Buffer make_buffer() {
  Buffer buffer(static_cast<std::byte*>(std::aligned_alloc(kAlignment, kBufferBytes)));
  if (!buffer) {
    throw std::bad_alloc();
  }
  return buffer;
}

/// Opens past the page cache; plainly, after dropping its pages, where the file system cannot.
UniqueFd open_media(const stdfs::path& path) {
  UniqueFd direct(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_DIRECT));
  if (direct) {
    return direct;
  }
  UniqueFd plain(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!plain) {
    fail_errno("open", path.string(), errno);
  }
  ::posix_fadvise(plain.get(), 0, 0, POSIX_FADV_DONTNEED);
  return plain;
}

/// The next bytes of a file; none at its end.
Bytes read_some(int fd, const Buffer& buffer, const std::string& name) {
  while (true) {
    check_interrupt();
    const ssize_t got = ::read(fd, buffer.get(), kBufferBytes);
    if (got >= 0) {
      return {buffer.get(), static_cast<std::size_t>(got)};
    }
    if (errno != EINTR) {
      fail_errno("read", name, errno);
    }
  }
}

/// Removes a file unless told that it is complete.
class PartialFile {
 public:
  explicit PartialFile(const stdfs::path& target)
      : path_(target.parent_path() / ("." + target.filename().string() + ".partial")) {}
  ~PartialFile() {
    if (!is_complete_) {
      ::unlink(path_.c_str());
    }
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  const stdfs::path& path() const { return path_; }
  void rename_to(const stdfs::path& target) {
    if (::rename(path_.c_str(), target.c_str()) != 0) {
      fail_errno("rename to", target.string(), errno);
    }
    is_complete_ = true;
    fsync_folder(target.parent_path());
  }

 private:
  stdfs::path path_;
  bool is_complete_ = false;
};

void write_all(int fd, Bytes bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EFBIG) {
      throw Error(
          ErrorKind::usage, fmt::format("the file system takes no file as large as {}", name),
          "FAT32 ends at 4 GiB - 1 byte: build with a smaller --part-size, or format it with exFAT or ext4");
    }
    if (put < 0 && errno != EINTR) {
      fail_errno("write", name, errno);
    }
    bytes = bytes.subspan(put > 0 ? static_cast<std::size_t>(put) : 0);
  }
}

/// Writes the copy and forces it out; gives the digest of what was read.
std::string write_copy(const stdfs::path& from, const stdfs::path& to, unsigned mode, Progress& progress) {
  const std::optional<format::PlainFile> source = format::open_plain_file(from);
  if (!source) {
    fail(ErrorKind::usage, "{} is gone", from.string());
  }
  const UniqueFd target(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!target) {
    fail_errno("create", to.string(), errno);
  }
  const Buffer buffer = make_buffer();
  Hasher hasher;
  for (Bytes bytes = read_some(source->fd.get(), buffer, from.string()); !bytes.empty();
       bytes = read_some(source->fd.get(), buffer, from.string())) {
    hasher.update(bytes);
    write_all(target.get(), bytes, to.string());
    progress.advance(bytes.size());
  }
  fsync_file(target.get(), to.string());
  return hasher.finish_hex();
}

}  // namespace

std::string media_sha256(const stdfs::path& path, Progress& progress) {
  const UniqueFd fd = open_media(path);
  const Buffer buffer = make_buffer();
  Hasher hasher;
  for (Bytes bytes = read_some(fd.get(), buffer, path.string()); !bytes.empty();
       bytes = read_some(fd.get(), buffer, path.string())) {
    hasher.update(bytes);
    progress.advance(bytes.size());
  }
  return hasher.finish_hex();
}

void copy_to_media(const stdfs::path& from, const stdfs::path& to, unsigned mode, Progress& progress) {
  PartialFile partial(to);
  const std::string written = write_copy(from, partial.path(), mode, progress);
  if (const std::string read = media_sha256(partial.path(), progress); read != written) {
    throw Error(ErrorKind::integrity,
                fmt::format("the media gave back other bytes than were written to it as {}", to.string()),
                "it is damaged or smaller than it says: use another one");
  }
  partial.rename_to(to);
}

}  // namespace bundle::commands
