#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/hash.hpp"

// The namespace is `format`, since the whole program is `bundle` already.
namespace bundle::format {

constexpr std::uint64_t kTarBlock = 512;
/// Two zero blocks end an archive; we write no more than these.
constexpr std::uint64_t kTarTrailer = 2 * kTarBlock;

using TarHeader = std::array<std::byte, kTarBlock>;

/// `size_bytes` rounded up to whole blocks.
constexpr std::uint64_t padded(std::uint64_t size_bytes) {
  return (size_bytes + kTarBlock - 1) / kTarBlock * kTarBlock;
}

/// The ustar header of a regular file: uid, gid and mtime 0, no names, size in base-256 from 8 GiB, a path
/// over 100 bytes split at a '/' into prefix and name. A pure function: verifying compares bytes.
/// Throws Error(spec) for a path that has no '/' where ustar could split it.
/// Source: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Extensions" (base-256).
TarHeader tar_header(std::string_view path, std::uint64_t size_bytes, unsigned mode);

/// Whether tar_header takes this path.
bool fits_tar_header(std::string_view path);

bool is_zero(Bytes bytes);

/// Writes the header before the data at `data_offset` (which is at least one block).
void write_header(int fd, std::uint64_t data_offset, std::string_view path, std::uint64_t size_bytes,
                  unsigned mode, std::string_view part_name);

/// Fills a data area up to whole blocks with zeros, for files that are not sparse from the start.
void write_padding(int fd, std::uint64_t data_offset, std::uint64_t size_bytes, std::string_view part_name);

/// Writes the end of the archive: the part is `part_size_bytes` long afterwards.
void write_trailer(int fd, std::uint64_t part_size_bytes, std::string_view part_name);

}  // namespace bundle::format
