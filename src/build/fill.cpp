#include "build/fill.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <numeric>

#include "base/interrupt.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "build/entry_writer.hpp"
#include "build/part_digest.hpp"
#include "format/tar.hpp"

namespace bundle::build {
namespace {

namespace stdfs = std::filesystem;

constexpr long kFatMagic = 0x4d44;        // linux/magic.h: MSDOS_SUPER_MAGIC
constexpr long kExfatMagic = 0x2011bab0;  // linux/magic.h: EXFAT_SUPER_MAGIC

/// FAT and exFAT would write every byte of a part twice, first as zeros.
void refuse_without_sparse_files(const stdfs::path& folder) {
  struct statfs status{};
  if (::statfs(folder.c_str(), &status) != 0) {
    fail_errno("look at the file system of", folder.string(), errno);
  }
  if (status.f_type == kFatMagic || status.f_type == kExfatMagic) {
    throw Error(ErrorKind::usage,
                fmt::format("{} is on FAT or exFAT, which have no sparse files", folder.string()),
                "build on a disk, then: bundle copy DIR STICK");
  }
}

std::uint64_t allocated_bytes(const stdfs::path& file) {
  struct stat status{};
  return ::stat(file.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_blocks) * 512 : 0;
}

/// What a part's digest adds to the index.
constexpr std::uint64_t kPartDigestBytes = 80;

/// What comes beside the parts when all is filled: installer, index, a signature of each.
std::uint64_t companions_bytes(const Plan& plan) {
  constexpr std::uint64_t kBlock = 4096;
  const auto blocks = [](std::uint64_t size_bytes) { return (size_bytes + kBlock - 1) / kBlock * kBlock; };
  const std::uint64_t index_bytes = plan.index_json.size() + plan.index.parts.size() * kPartDigestBytes;
  return blocks(plan.index.installer.size_bytes) + blocks(index_bytes) +
         2 * blocks(format::kMaxSignatureBytes);
}

void check_space(const Plan& plan, const stdfs::path& folder) {
  std::uint64_t needed = companions_bytes(plan);
  for (const format::Part& part : plan.index.parts) {
    needed += part.size_bytes - std::min(part.size_bytes, allocated_bytes(folder / part.name));
  }
  const std::uint64_t free = free_space_bytes(folder);
  if (needed > free) {
    throw Error(ErrorKind::no_space,
                fmt::format("{} has {} free, and the bundle needs {} more", folder.string(),
                            format_size(free), format_size(needed)),
                "make room, or give --out on another disk");
  }
}

std::vector<PartFile> open_parts(const Plan& plan, const stdfs::path& folder) {
  std::vector<PartFile> parts;
  for (const format::Part& part : plan.index.parts) {
    UniqueFd fd = open_file(folder / part.name, OpenMode::create_or_open);
    if (::ftruncate(fd.get(), static_cast<off_t>(part.size_bytes)) != 0) {
      fail_errno("set the size of", (folder / part.name).string(), errno);
    }
    parts.push_back({.fd = std::move(fd), .name = (folder / part.name).string()});
  }
  return parts;
}

/// All but the data: what an interrupted build left may have been changed since, and no digest covers these
/// bytes.
void write_frame(const Plan& plan, const std::vector<PartFile>& parts) {
  for (const format::Entry& entry : plan.index.entries) {
    for (std::size_t i = 0; i < entry.at.size(); ++i) {
      const PartFile& part = parts.at(entry.at[i].part);
      format::write_header(part.fd.get(), entry.at[i].offset, format::piece_path(entry, i),
                           entry.at[i].size_bytes, entry.mode, part.name);
      format::write_padding(part.fd.get(), entry.at[i].offset, entry.at[i].size_bytes, part.name);
    }
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    format::write_trailer(parts[i].fd.get(), plan.index.parts[i].size_bytes, parts[i].name);
  }
}

/// Only this plan's parts may stay: another plan's bytes could stand where this one needs zeros, and an old
/// signature would be one that fails. Nor links: what they lead to is not ours to write.
void remove_other_files(const Plan& plan, const stdfs::path& folder, bool keep_parts) {
  for (const std::string& name : list_folder(folder)) {
    const bool is_part = std::any_of(plan.index.parts.begin(), plan.index.parts.end(),
                                     [&](const format::Part& part) { return part.name == name; });
    const bool is_plain = stdfs::is_regular_file(stdfs::symlink_status(folder / name));
    if (name != kJournalName && !(is_part && keep_parts && is_plain)) {
      stdfs::remove_all(folder / name);
    }
  }
}

/// Work goes on only in a folder that a build made: what else lies there is not ours to remove.
void refuse_foreign_folder(const stdfs::path& folder) {
  const bool is_ours = stdfs::is_empty(folder) || stdfs::exists(folder / kJournalName) ||
                       stdfs::exists(folder / format::kIndexName);  // killed between its last steps
  if (!is_ours) {
    throw Error(ErrorKind::usage, fmt::format("{} is there already, and no build left it", folder.string()),
                "move it away, or give another --out");
  }
}

/// A digest for each part, which the part's regions tell what they write.
std::vector<std::unique_ptr<PartDigest>> digests_of(const Plan& plan, std::vector<PartFile>& parts) {
  std::vector<std::unique_ptr<PartDigest>> digests;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    digests.push_back(std::make_unique<PartDigest>(plan.index, i, parts[i].fd.get(), parts[i].name));
    parts[i].digest = digests.back().get();
  }
  return digests;
}

/// Entries by size, the largest first: the last transfers are short ones.
std::vector<std::size_t> in_order_of_size(const Plan& plan) {
  std::vector<std::size_t> order(plan.entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return plan.entries[a].size_bytes > plan.entries[b].size_bytes;
  });
  return order;
}

void write_entries(const Plan& plan, const std::vector<PartFile>& parts, FillJournal& journal,
                   const ReuseIndex& earlier, World& world) {
  const std::vector<std::size_t> order = in_order_of_size(plan);
  const std::uint64_t total =
      std::accumulate(plan.entries.begin(), plan.entries.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const PlannedEntry& entry) { return sum + entry.size_bytes; });
  const ProgressTask task(world.progress, "filling the parts", total);
  EntryWriter writer(world, journal, earlier);
  parallel_for(order.size(), world.jobs, [&](std::size_t k) {
    check_interrupt();
    const format::Entry& entry = plan.index.entries[order[k]];
    writer.write(order[k], plan.entries[order[k]], Region(parts, entry));
    for (const format::Piece& piece : entry.at) {
      parts.at(piece.part).digest->catch_up();
    }
  });
  writer.report(world.log);
}

}  // namespace

FilledParts fill_parts(const Plan& plan, const stdfs::path& folder, const ReuseIndex& earlier, World& world) {
  make_folders(folder);
  refuse_without_sparse_files(folder);
  refuse_foreign_folder(folder);
  if (stdfs::is_symlink(folder / kJournalName)) {
    stdfs::remove(folder / kJournalName);
  }
  FilledParts filled{.journal = std::make_unique<FillJournal>(folder / kJournalName, plan.sha256)};
  remove_other_files(plan, folder, filled.journal->is_continued());
  check_space(plan, folder);
  std::vector<PartFile> parts = open_parts(plan, folder);
  write_frame(plan, parts);
  const std::vector<std::unique_ptr<PartDigest>> digests = digests_of(plan, parts);
  write_entries(plan, parts, *filled.journal, earlier, world);
  filled.sha256.resize(parts.size());
  parallel_for(parts.size(), world.jobs, [&](std::size_t i) { filled.sha256[i] = digests[i]->finish(); });
  for (const PartFile& part : parts) {
    fsync_file(part.fd.get(), part.name);
  }
  return filled;
}

}  // namespace bundle::build
