#include "archive/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <set>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/handle.hpp"

namespace bundle::archive {
namespace {

using Reader = Handle<::archive, archive_read_free>;
constexpr std::size_t kBlockBytes = 65536;

enum class Format { tar_gz, any_tar, rpm };

[[noreturn]] void fail_reading(::archive* reader, const std::string& name) {
  const char* words = archive_error_string(reader);
  fail(ErrorKind::integrity, "{} is damaged or no such archive: {}", name,
       words == nullptr ? "unknown error" : words);
}

Reader make_reader(Format format) {
  Reader reader(archive_read_new());
  if (!reader) {
    fail(ErrorKind::bug, "no memory for an archive reader");
  }
  archive_read_support_filter_gzip(reader.get());
  if (format == Format::tar_gz) {
    archive_read_support_format_tar(reader.get());
    return reader;
  }
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  if (format == Format::any_tar) {
    archive_read_support_format_tar(reader.get());
    return reader;
  }
  archive_read_support_filter_lzma(reader.get());
  archive_read_support_filter_rpm(reader.get());
  archive_read_support_format_cpio(reader.get());
  return reader;
}

Reader open_path(const std::filesystem::path& path, Format format) {
  open_file(path, OpenMode::read);  // a missing file in our own words
  Reader reader = make_reader(format);
  if (archive_read_open_filename(reader.get(), path.c_str(), kBlockBytes) != ARCHIVE_OK) {
    fail_reading(reader.get(), path.string());
  }
  return reader;
}

/// The next entry, or null at the end. A warning of libarchive (an odd header) is no reason to trust less:
/// what is used of the header is checked by the callers.
archive_entry* next_entry(::archive* reader, const std::string& name) {
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(reader, &entry);
  if (status == ARCHIVE_EOF) {
    return nullptr;
  }
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
    fail_reading(reader, name);
  }
  return entry;
}

/// The path as the archive writes it, without a leading `./`.
std::string path_of(archive_entry* entry, const std::string& name) {
  const char* text = archive_entry_pathname(entry);
  if (text == nullptr) {
    fail(ErrorKind::integrity, "{} holds an entry without a readable name", name);
  }
  const std::string path = text;
  return path.starts_with("./") ? path.substr(2) : path;
}

/// Feeds the entry's bytes to `take`; at most `limit_bytes`.
template <class Take>
void read_entry(::archive* reader, const std::string& name, const std::string& path,
                std::uint64_t limit_bytes, Take&& take) {
  std::array<std::byte, kBlockBytes> buffer{};
  std::uint64_t total = 0;
  while (true) {
    const la_ssize_t got = archive_read_data(reader, buffer.data(), buffer.size());
    if (got < 0) {
      fail_reading(reader, name);
    }
    if (got == 0) {
      return;
    }
    total += static_cast<std::uint64_t>(got);
    if (total > limit_bytes) {
      fail(ErrorKind::integrity, "{} unpacks to more than the {} bytes allowed (at {})", name, limit_bytes,
           path);
    }
    take(Bytes(buffer).first(static_cast<std::size_t>(got)));
  }
}

void require_regular(archive_entry* entry, const std::string& name, const std::string& path) {
  const char* what = nullptr;
  if (archive_entry_hardlink(entry) != nullptr) {
    what = "a hard link";
  } else if (archive_entry_filetype(entry) == AE_IFLNK) {
    what = "a symbolic link";
  } else if (archive_entry_filetype(entry) != AE_IFREG) {
    what = "neither a file nor a folder";
  }
  if (what != nullptr) {
    fail(ErrorKind::integrity, "{} holds {}, which is {}: refused", name, path, what);
  }
}

std::vector<File> read_all(::archive* reader, const std::string& name, const Caps& caps) {
  std::vector<File> files;
  std::set<std::string> seen;
  std::uint64_t total = 0;
  std::uint64_t entries = 0;
  while (archive_entry* entry = next_entry(reader, name)) {
    if (++entries > caps.files) {
      fail(ErrorKind::integrity, "{} holds more than {} entries", name, caps.files);
    }
    std::string path = path_of(entry, name);
    const bool is_folder = archive_entry_filetype(entry) == AE_IFDIR;
    while (is_folder && path.ends_with('/')) {
      path.pop_back();
    }
    if (is_folder && (path.empty() || path == ".")) {
      continue;
    }
    const RelPath checked = with_context(fmt::format("reading {}", name), [&path] { return RelPath(path); });
    if (is_folder) {
      continue;
    }
    require_regular(entry, name, path);
    if (!seen.insert(path).second) {
      fail(ErrorKind::integrity, "{} holds {} twice", name, path);
    }
    std::string content;
    const std::uint64_t limit = std::min(caps.file_bytes, caps.total_bytes - total);
    read_entry(reader, name, path, limit, [&content](Bytes bytes) { content += as_text(bytes); });
    total += content.size();
    files.push_back({.path = checked, .content = std::move(content)});
  }
  return files;
}

/// Writes the first entry that `is_wanted` says to; false when there is none.
template <class IsWanted>
bool extract_where(::archive* reader, const std::string& name, const std::filesystem::path& dest,
                   std::uint64_t limit_bytes, IsWanted&& is_wanted) {
  while (archive_entry* entry = next_entry(reader, name)) {
    const std::string path = path_of(entry, name);
    if (!is_wanted(path)) {
      continue;
    }
    require_regular(entry, name, path);
    const UniqueFd fd = open_file(dest, OpenMode::create_new);
    std::uint64_t offset = 0;
    read_entry(reader, name, path, limit_bytes, [&](Bytes bytes) {
      pwrite_all(fd.get(), bytes, offset, dest.string());
      offset += bytes.size();
    });
    if (::fchmod(fd.get(), 0755) != 0) {
      fail_errno("set the mode of", dest.string(), errno);
    }
    return true;
  }
  return false;
}

}  // namespace

std::vector<File> read_tar_gz(Bytes bytes, const std::string& name, const Caps& caps) {
  const Reader reader = make_reader(Format::tar_gz);
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    fail_reading(reader.get(), name);
  }
  return read_all(reader.get(), name, caps);
}

std::vector<File> read_tar_gz(const std::filesystem::path& path, const Caps& caps) {
  const Reader reader = open_path(path, Format::tar_gz);
  return read_all(reader.get(), path.string(), caps);
}

void extract_member(const std::filesystem::path& archive, const std::string& member,
                    const std::filesystem::path& dest, std::uint64_t limit_bytes) {
  const Reader reader = open_path(archive, Format::any_tar);
  const auto is_wanted = [&member](const std::string& path) { return path == member; };
  if (!extract_where(reader.get(), archive.string(), dest, limit_bytes, is_wanted)) {
    fail(ErrorKind::integrity, "{} does not hold {}", archive.string(), member);
  }
}

void extract_from_rpm(const std::filesystem::path& rpm, std::string_view installed_path,
                      const std::filesystem::path& dest, std::uint64_t limit_bytes) {
  const std::string_view wanted = installed_path.starts_with('/') ? installed_path.substr(1) : installed_path;
  const Reader reader = open_path(rpm, Format::rpm);
  const auto is_wanted = [wanted](const std::string& path) {
    return std::string_view(path).substr(path.starts_with('/') ? 1 : 0) == wanted;
  };
  if (!extract_where(reader.get(), rpm.string(), dest, limit_bytes, is_wanted)) {
    fail(ErrorKind::integrity, "{} does not hold /{}", rpm.string(), wanted);
  }
}

}  // namespace bundle::archive
