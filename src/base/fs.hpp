#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"

namespace bundle {

/// Owner of a file descriptor; -1 is none.
class UniqueFd {
 public:
  explicit UniqueFd(int fd = -1) : fd_(fd) {}
  ~UniqueFd() { reset(); }
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_;
};

enum class OpenMode { read, create_or_open, create_new };

/// Opens a file close-on-exec (`create_*` for reading and writing, mode 0644 less umask). Throws as
/// fail_errno does.
UniqueFd open_file(const std::filesystem::path& path, OpenMode mode);

/// The whole file, at most `limit_bytes`: a longer one is Error(integrity).
std::string read_file(const std::filesystem::path& path, std::uint64_t limit_bytes);

/// Writes beside `path`, fsyncs, renames over it and fsyncs the folder: after a power cut there is the old or
/// the new file, never a half one.
void write_file_atomically(const std::filesystem::path& path, std::string_view content, unsigned mode = 0644);

/// Creates a file with exactly this mode (less umask) and fsyncs it; Error(usage) when there is one already,
/// or when others may read it although `mode` lets none. When it fails there is no file.
void write_new_file(const std::filesystem::path& path, std::string_view content, unsigned mode);

/// Fills `buffer` from `offset`; false at a short file. Throws on other errors, naming `name`.
bool pread_all(int fd, std::span<std::byte> buffer, std::uint64_t offset, std::string_view name);
/// Passes on the first `size_bytes` of a file in pieces that fit into `buffer`; false when it has fewer.
bool stream_file(const std::filesystem::path& path, std::uint64_t size_bytes, std::span<std::byte> buffer,
                 const std::function<void(Bytes)>& sink);
/// Writes all of `bytes` at `offset`.
void pwrite_all(int fd, Bytes bytes, std::uint64_t offset, std::string_view name);
void fsync_file(int fd, std::string_view name);
void fsync_folder(const std::filesystem::path& folder);

/// Locks an open file (flock) until it is closed; false while another process, or another opening of it, has
/// it. True as well on a file system that has no locks (some NFS): whoever works there alone is not to be
/// hindered.
bool try_lock_file(int fd, std::string_view name);

std::uint64_t file_size(const std::filesystem::path& path);
std::uint64_t free_space_bytes(const std::filesystem::path& folder);
/// The names in a folder, sorted.
std::vector<std::string> list_folder(const std::filesystem::path& folder);
void make_folders(const std::filesystem::path& folder);

/// A new folder below `parent` (default: the system's temporary folder), removed with all its content at the
/// end.
class TempDir {
 public:
  explicit TempDir(const std::filesystem::path& parent = {});
  ~TempDir();
  TempDir(TempDir&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TempDir& operator=(TempDir&&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace bundle
