#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "rpm/repomd.hpp"

namespace bundle::rpm {

/// A metadata file, checked and then read unpacked (gzip, xz, bzip2, zstd, or as it is).
class MetadataStream {
 public:
  /// Hashes `path` first. Throws Error(integrity) when size or checksum are not those of `file`, Error(usage)
  /// when it cannot be read.
  MetadataStream(const std::filesystem::path& path, const MetadataFile& file);
  ~MetadataStream();
  MetadataStream(const MetadataStream&) = delete;
  MetadataStream& operator=(const MetadataStream&) = delete;

  /// For libsolv's parsers; ends with a read error past the open size (the cap, when repomd.xml states none).
  FILE* file() { return file_; }
  /// Throws Error(integrity) when more than the open size came out. To be called before what was parsed is
  /// used.
  void check_size() const;
  std::string read_all();
  /// For messages: the path, and the name upstream where that differs.
  const std::string& name() const;

 private:
  struct Counter;
  std::unique_ptr<Counter> counter_;
  FILE* file_ = nullptr;
};

/// A local file unpacked by its name's ending, at most `limit_bytes`.
std::string read_unpacked(const std::filesystem::path& path, std::uint64_t limit_bytes);

}  // namespace bundle::rpm
