#include "media/file.hpp"

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
#include "base/partial_file.hpp"
#include "format/plain_file.hpp"

namespace bundle::media {
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

bool is_same_file(int one, int other) {
  struct stat first{};
  struct stat second{};
  return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

/// Opens past the page cache; plainly, after dropping its pages, where the file system cannot.
UniqueFd open_media(const stdfs::path& path) {
  std::optional<format::PlainFile> plain = format::open_plain_file(path);
  if (!plain) {
    fail(ErrorKind::usage, "{} is gone", path.string());
  }
  UniqueFd direct(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_DIRECT));
  if (direct && is_same_file(direct.get(), plain->fd.get())) {
    return direct;
  }
  ::posix_fadvise(plain->fd.get(), 0, 0, POSIX_FADV_DONTNEED);
  return std::move(plain->fd);
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

/// Writes the copy; gives the digest of what was read.
std::string write_copy(const stdfs::path& from, PartialFile& to, const SourceCheck& check,
                       Progress& progress) {
  const std::optional<format::PlainFile> source = format::open_plain_file(from);
  if (!source) {
    fail(ErrorKind::usage, "{} is gone", from.string());
  }
  const Buffer buffer = make_buffer();
  Hasher hasher;
  for (Bytes bytes = read_some(source->fd.get(), buffer, from.string()); !bytes.empty();
       bytes = read_some(source->fd.get(), buffer, from.string())) {
    check(bytes);
    hasher.update(bytes);
    to.write(bytes);
    progress.advance(bytes.size());
  }
  check({});
  return hasher.finish_hex();
}

/// Reads back what was written, and gives it its name.
void keep(PartialFile& copy, const std::string& written, const stdfs::path& to, Progress& progress) {
  Hasher hasher;
  read_media(copy.sync(), progress, [&](Bytes bytes) { hasher.update(bytes); });
  if (hasher.finish_hex() != written) {
    throw Error(ErrorKind::integrity,
                fmt::format("the media gave back other bytes than were written to it as {}", to.string()),
                "it is damaged or smaller than it says: use another one");
  }
  copy.commit();
}

}  // namespace

void read_media(const stdfs::path& path, Progress& progress, const ByteSink& sink) {
  const UniqueFd fd = open_media(path);
  const Buffer buffer = make_buffer();
  for (Bytes bytes = read_some(fd.get(), buffer, path.string()); !bytes.empty();
       bytes = read_some(fd.get(), buffer, path.string())) {
    sink(bytes);
    progress.advance(bytes.size());
  }
}

void copy_to_media(const stdfs::path& from, const stdfs::path& to, const SourceCheck& check,
                   Progress& progress) {
  constexpr unsigned kMode = 0644;
  PartialFile copy(to, kMode);
  keep(copy, write_copy(from, copy, check, progress), to, progress);
}

void write_to_media(std::string_view content, const stdfs::path& to, unsigned mode, Progress& progress) {
  PartialFile copy(to, mode);
  copy.write(as_bytes(content));
  progress.advance(content.size());
  keep(copy, sha256_hex(content), to, progress);
}

}  // namespace bundle::media
