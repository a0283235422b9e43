#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/fs.hpp"
#include "base/hash.hpp"

namespace bundle::store {

/// A file that grows until it is known to be right. One that many may want (`key`) keeps its bytes for the
/// next run when it is left uncommitted; a private one (when another process holds the shared one) is
/// removed.
class Partial {
 public:
  Partial(UniqueFd fd, std::filesystem::path path, bool is_private)
      : fd_(std::move(fd)), path_(std::move(path)), is_private_(is_private) {}
  ~Partial();
  Partial(Partial&&) noexcept = default;
  Partial& operator=(Partial&&) = delete;

  int fd() const { return fd_.get(); }
  const std::filesystem::path& path() const { return path_; }
  /// Removes the file: its bytes are wrong.
  void discard();

 private:
  friend class Cache;
  UniqueFd fd_;
  std::filesystem::path path_;
  bool is_private_;
};

/// Verified small things by checksum: KIND/ab/abcd… below the root (`sha256/ab/ab12…`), and in partial/ what
/// is still growing, named by the sha256 of its key. All of it may be deleted at any time. Several processes
/// may use it at once: files appear by rename only. Safe from several threads.
class Cache {
 public:
  /// The folder is made when the first thing comes.
  explicit Cache(std::filesystem::path root) : root_(std::move(root)) {}
  /// $XDG_CACHE_HOME/bundle, else ~/.cache/bundle. Throws Error(usage) when neither is set.
  static std::filesystem::path default_root();

  /// Where the content with this checksum is or would be. Throws Error(integrity) when `hex` is no checksum.
  std::filesystem::path blob(HashKind kind, const std::string& hex) const;
  /// The file for what `key` (any text) names, with what an earlier run left in it. Nobody else writes to it.
  Partial open_partial(const std::string& key) const;
  /// Makes verified content visible; returns `blob(kind, hex)`.
  std::filesystem::path commit(Partial partial, HashKind kind, const std::string& hex) const;

 private:
  std::filesystem::path root_;
};

}  // namespace bundle::store
