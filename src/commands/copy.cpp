#include "commands/copy.hpp"

#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/partial_file.hpp"
#include "base/text.hpp"
#include "commands/words.hpp"
#include "format/part_check.hpp"
#include "format/plain_file.hpp"
#include "format/verified_index.hpp"
#include "media/file.hpp"
#include "media/source.hpp"

namespace bundle::commands {
namespace {

namespace stdfs = std::filesystem;

constexpr std::uint64_t kFatLimit = (4ull << 30) - 1;
constexpr long kFatMagic = 0x4d44;  // MSDOS_SUPER_MAGIC of linux/magic.h: all FATs, not exFAT

/// What of it the destination lacks.
struct Work {
  std::vector<std::size_t> parts;
  std::vector<const media::SmallFile*> small;
};

/// Bytes of a file of the destination; nothing where there is none.
std::optional<std::uint64_t> size_there(const CopyOptions& options, const std::string& name) {
  const std::optional<format::PlainFile> file =
      format::open_plain_file(stdfs::path(options.destination) / name);
  return file ? std::optional(file->size_bytes) : std::nullopt;
}

/// Whether the media gives back a part as the index has it. A fault is the reason to copy it, and no error.
bool is_right(Session& session, const media::CopySource& source, std::size_t number, const stdfs::path& path,
              format::SplitEntries& split) {
  try {
    format::PartCheck check(source.verified.index(), number, path.string(), split);
    media::read_media(path, *session.progress, [&](Bytes bytes) { check.update(bytes); });
    check.finish();
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity) {
      throw;
    }
    session.log->detail(fmt::format("{}: {}", path.string(), error.message()));
    return false;
  }
}

/// The split entries of a part that only all their pieces together can vouch for, and have not: none where
/// the index has the part's own digest.
std::vector<const format::Entry*> undecided(const format::Index& index, std::size_t part,
                                            const format::SplitEntries& split) {
  if (!index.parts.at(part).sha256.empty()) {
    return {};
  }
  std::vector<const format::Entry*> entries = split_entries_of(index, part);
  std::erase_if(entries, [&](const format::Entry* entry) { return split.is_right(*entry); });
  return entries;
}

/// The parts that the destination has not, or not right.
std::vector<std::size_t> missing_parts(Session& session, const CopyOptions& options,
                                       const media::CopySource& source) {
  std::vector<std::size_t> there;
  std::uint64_t to_read = 0;
  for (const std::size_t number : source.parts) {
    if (size_there(options, source.part(number).name) == source.part(number).size_bytes) {
      there.push_back(number);
      to_read += source.part(number).size_bytes;
    }
  }
  std::set<std::size_t> missing = source.parts;
  if (there.empty()) {
    return {missing.begin(), missing.end()};
  }
  const ProgressTask progress(*session.progress, "comparing", to_read);
  format::SplitEntries split;
  for (const std::size_t number : there) {
    const stdfs::path path = stdfs::path(options.destination) / source.part(number).name;
    if (is_right(session, source, number, path, split)) {
      missing.erase(number);
    }
  }
  for (const std::size_t number : there) {
    if (!undecided(source.verified.index(), number, split).empty()) {
      missing.insert(number);
    }
  }
  return {missing.begin(), missing.end()};
}

bool is_there(const CopyOptions& options, const media::SmallFile& file) {
  return size_there(options, file.name) == file.content.size() &&
         format::read_plain_file(stdfs::path(options.destination) / file.name, file.content.size()) ==
             file.content;
}

Work work_of(Session& session, const CopyOptions& options, const media::CopySource& source) {
  Work work{.parts = missing_parts(session, options, source)};
  for (const media::SmallFile& file : source.small) {
    if (!is_there(options, file)) {
      work.small.push_back(&file);
    }
  }
  return work;
}

std::uint64_t bytes_of(const media::CopySource& source, const Work& work) {
  std::uint64_t total = 0;
  for (const std::size_t number : work.parts) {
    total += source.part(number).size_bytes;
  }
  for (const media::SmallFile* file : work.small) {
    total += file->content.size();
  }
  return total;
}

/// What a copy that was killed left of any file of this bundle, which would count as taken.
void remove_leftovers(const CopyOptions& options, const media::CopySource& source) {
  for (const format::Part& part : source.verified.index().parts) {
    remove_leftover_of(stdfs::path(options.destination) / part.name);
  }
  for (const media::SmallFile& file : source.small) {
    remove_leftover_of(stdfs::path(options.destination) / file.name);
  }
}

/// Each file is written beside the one that it replaces, so the largest of those cannot be counted on.
void check_space(const CopyOptions& options, const media::CopySource& source, const Work& work) {
  std::uint64_t freed = 0;
  std::uint64_t largest = 0;
  const auto replace = [&](const std::string& name) {
    const std::uint64_t old_bytes = size_there(options, name).value_or(0);
    freed += old_bytes;
    largest = std::max(largest, old_bytes);
  };
  for (const std::size_t number : work.parts) {
    replace(source.part(number).name);
  }
  for (const media::SmallFile* file : work.small) {
    replace(file->name);
  }
  const std::uint64_t available = free_space_bytes(options.destination) + freed - largest;
  const std::uint64_t needed = bytes_of(source, work);
  if (needed > available) {
    throw Error(ErrorKind::no_space,
                fmt::format("{} has room for {}, but {} are to be copied", options.destination,
                            format_size(available), format_size(needed)),
                "spread the parts over several media with --parts, as in --parts 0-3");
  }
}

void check_file_sizes(const CopyOptions& options, const media::CopySource& source, const Work& work) {
  struct statfs status{};
  if (::statfs(options.destination.c_str(), &status) != 0) {
    fail_errno("look at the file system of", options.destination, errno);
  }
  for (const std::size_t number : work.parts) {
    const format::Part& part = source.part(number);
    if (status.f_type == kFatMagic && part.size_bytes > kFatLimit) {
      throw Error(ErrorKind::usage,
                  fmt::format("{} is a FAT file system, which takes files of up to 4 GiB - 1 byte; {} has {}",
                              options.destination, part.name, format_size(part.size_bytes)),
                  "build with a smaller --part-size, or format the media with exFAT or ext4");
    }
  }
}

void copy_part(Session& session, const CopyOptions& options, const media::CopySource& source,
               std::size_t number, format::SplitEntries& split) {
  const std::string& name = source.part(number).name;
  const stdfs::path from = source.folder / name;
  format::PartCheck check(source.verified.index(), number, from.string(), split);
  const auto look = [&](Bytes bytes) {
    try {
      bytes.empty() ? check.finish() : check.update(bytes);
    } catch (Error& error) {
      error.set_hint("copy from where the bundle is whole; `bundle verify` names all that is damaged here");
      throw;
    }
  };
  try {
    media::copy_to_media(from, stdfs::path(options.destination) / name, look, *session.progress);
  } catch (Error& error) {
    error.add_context("copying " + check.place());
    throw;
  }
  session.log->detail("copied " + name);
}

/// What this copy alone cannot vouch for.
void warn_of_unchecked(Session& session, const media::CopySource& source, const Work& work,
                       const format::SplitEntries& split) {
  std::set<std::string> paths;
  for (const std::size_t number : work.parts) {
    for (const format::Entry* entry : undecided(source.verified.index(), number, split)) {
      paths.insert(entry->path.str());
    }
  }
  for (const std::string& path : paths) {
    session.log->warn(
        fmt::format("{} lies in parts that were not all copied now, so its digest was not checked; "
                    "`bundle verify` with all media does",
                    path));
  }
}

void copy_all(Session& session, const CopyOptions& options, const media::CopySource& source,
              const Work& work) {
  const ProgressTask progress(*session.progress, "copying and reading back", 2 * bytes_of(source, work));
  try {
    format::SplitEntries split;
    for (const std::size_t number : work.parts) {
      copy_part(session, options, source, number, split);
    }
    for (const media::SmallFile* file : work.small) {
      media::write_to_media(file->content, stdfs::path(options.destination) / file->name, file->mode,
                            *session.progress);
      session.log->detail("copied " + file->name);
    }
    warn_of_unchecked(session, source, work, split);
  } catch (Error& error) {
    if (error.kind() == ErrorKind::interrupted) {
      error.set_hint("run it again to go on: files that are there already are not copied again");
    }
    throw;
  }
}

}  // namespace

void copy(Session& session, const CopyOptions& options) {
  const format::Trust trust = load_trust(options.trust);
  const format::VerifiedIndex verified = verify_index({options.folder}, trust);
  const media::CopySource source = media::open_copy_source(verified, trust, options.parts);
  make_folders(options.destination);
  if (stdfs::equivalent(options.folder, options.destination)) {
    fail(ErrorKind::usage, "{} and {} are the same folder", options.folder, options.destination);
  }
  remove_leftovers(options, source);
  const Work work = work_of(session, options, source);
  check_file_sizes(options, source, work);
  check_space(options, source, work);
  copy_all(session, options, source, work);
  const std::size_t copied = work.parts.size() + work.small.size();
  session.log->info(fmt::format("copied {} ({}), {} there already", count_words(copied, "file"),
                                format_size(bytes_of(source, work)),
                                source.parts.size() + source.small.size() - copied));
}

}  // namespace bundle::commands
