#include "format/entry.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace bundle::format {
namespace {

constexpr std::size_t kBufferBytes = 256 << 10;

}  // namespace

std::string read_entry(const PartSet& parts, const Entry& entry, std::uint64_t limit_bytes) {
  if (entry.size_bytes > limit_bytes) {
    fail(ErrorKind::integrity, "{} has {} bytes, more than {}", entry.path.str(), entry.size_bytes,
         limit_bytes);
  }
  std::vector<std::byte> buffer(kBufferBytes);
  std::string text;
  stream_entry(parts, entry, buffer,
               [&](Bytes bytes) { text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); });
  return text;
}

void extract_entry(const PartSet& parts, const Entry& entry, const std::filesystem::path& path) {
  make_folders(path.parent_path());
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, entry.mode));
  if (!fd) {
    fail_errno("create", path.string(), errno);
  }
  std::vector<std::byte> buffer(kBufferBytes);
  std::uint64_t at = 0;
  try {
    stream_entry(parts, entry, buffer, [&](Bytes bytes) {
      pwrite_all(fd.get(), bytes, at, path.string());
      at += bytes.size();
    });
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
}

}  // namespace bundle::format
