#include "media/source.hpp"

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"
#include "format/plain_file.hpp"
#include "format/signed_file.hpp"

namespace bundle::media {
namespace {

namespace stdfs = std::filesystem;

std::string read_small(const stdfs::path& path, std::uint64_t limit_bytes) {
  std::optional<std::string> content = format::read_plain_file(path, limit_bytes);
  if (!content) {
    fail(ErrorKind::usage, "{} is missing", path.string());
  }
  return *std::move(content);
}

/// A file whose digest is known.
SmallFile read_known(const stdfs::path& path, unsigned mode, std::uint64_t limit_bytes,
                     const std::string& sha256) {
  SmallFile file{.name = path.filename().string(), .mode = mode, .content = read_small(path, limit_bytes)};
  if (sha256_hex(file.content) != sha256) {
    fail(ErrorKind::integrity, "{} changed since it was verified", path.string());
  }
  return file;
}

std::vector<SmallFile> read_small_files(const stdfs::path& folder, const format::VerifiedIndex& verified) {
  std::vector<SmallFile> files;
  files.push_back(read_known(folder / format::kInstallerName, 0755, format::kMaxInstallerBytes,
                             verified.index().installer.sha256));
  const std::vector<std::string> names = list_folder(folder);
  for (const std::string_view signed_file : {format::kInstallerName, format::kIndexName}) {
    for (const std::string& name : names) {
      if (format::is_signature_of(name, signed_file)) {
        files.push_back({.name = name, .content = read_small(folder / name, format::kMaxSignatureBytes)});
      }
    }
  }
  files.push_back(read_known(folder / format::kIndexName, 0644, format::kMaxIndexBytes, verified.sha256()));
  return files;
}

void check_part_sizes(const CopySource& source) {
  for (const std::size_t number : source.parts) {
    const format::Part& part = source.part(number);
    const stdfs::path path = source.folder / part.name;
    const std::optional<format::PlainFile> file = format::open_plain_file(path);
    if (!file) {
      fail(ErrorKind::usage, "{} is missing", path.string());
    }
    if (file->size_bytes != part.size_bytes) {
      fail(ErrorKind::integrity, "{} has {} bytes instead of {}: the source is damaged", path.string(),
           file->size_bytes, part.size_bytes);
    }
  }
}

void check_installer_of(const format::VerifiedIndex& verified, const format::Trust& trust) {
  for (const Finding& finding : check_installer(verified, trust)) {
    throw Error(ErrorKind::integrity, finding.position, finding.message, finding.hint);
  }
}

std::size_t parse_part(std::string_view text, std::size_t count, std::string_view range) {
  const std::optional<std::uint64_t> number = parse_unsigned(text);
  if (!number) {
    throw Error(ErrorKind::usage, fmt::format("--parts takes numbers and ranges, not '{}'", range),
                "as in --parts 0-3,5");
  }
  if (*number >= count) {
    fail(ErrorKind::usage, "there is no part {}: the bundle has parts 0 to {}", *number, count - 1);
  }
  return *number;
}

}  // namespace

std::set<std::size_t> parse_range(std::string_view range, std::size_t count) {
  std::set<std::size_t> numbers;
  if (range.empty()) {
    for (std::size_t i = 0; i < count; ++i) {
      numbers.insert(i);
    }
    return numbers;
  }
  for (const std::string_view item : split(range, ',')) {
    const std::size_t dash = item.find('-');
    const std::size_t first = parse_part(item.substr(0, dash), count, range);
    const std::size_t last =
        dash == std::string_view::npos ? first : parse_part(item.substr(dash + 1), count, range);
    if (last < first) {
      fail(ErrorKind::usage, "the range {} of --parts runs backwards", item);
    }
    for (std::size_t i = first; i <= last; ++i) {
      numbers.insert(i);
    }
  }
  return numbers;
}

CopySource open_copy_source(const format::VerifiedIndex& verified, const format::Trust& trust,
                            std::string_view range) {
  check_installer_of(verified, trust);
  CopySource source{.verified = verified,
                    .folder = verified.folder(),
                    .parts = parse_range(range, verified.index().parts.size()),
                    .small = read_small_files(verified.folder(), verified)};
  check_part_sizes(source);
  return source;
}

}  // namespace bundle::media
