#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/relpath.hpp"

namespace bundle::archive {

/// How much an archive from outside may unpack to; more is Error(integrity) before it is held in memory.
struct Caps {
  std::uint64_t files = 20'000;
  std::uint64_t file_bytes = 32ull << 20;
  std::uint64_t total_bytes = 256ull << 20;
};

struct File {
  RelPath path;
  std::string content;
};

/// The regular files of a .tar.gz, in its order. Folders are passed over. A symlink, hard link, device,
/// absolute path or `..` anywhere in it is Error(integrity) that names the entry, as is a file that stands in
/// it twice, truncation, or a cap. `name` is for the errors.
/// Source: POSIX.1-2017 pax (ustar interchange format); RFC 1952.
std::vector<File> read_tar_gz(Bytes bytes, const std::string& name, const Caps& caps = {});
std::vector<File> read_tar_gz(const std::filesystem::path& path, const Caps& caps = {});

/// Writes the regular file `member` of a tar (plain, gzip, xz, zstd or bzip2) to `dest`, mode 0755; other
/// entries are not looked at. Error(integrity) when it is not there or larger than `limit_bytes`.
void extract_member(const std::filesystem::path& archive, const std::string& member,
                    const std::filesystem::path& dest, std::uint64_t limit_bytes = 512ull << 20);

/// The same for a file of an RPM package, by its installed path (`/usr/bin/kubeadm`).
/// Source: rpm.org "RPM V4 package format" (lead, signature, header, compressed cpio payload).
void extract_from_rpm(const std::filesystem::path& rpm, std::string_view installed_path,
                      const std::filesystem::path& dest, std::uint64_t limit_bytes = 512ull << 20);

}  // namespace bundle::archive
