#include "serve/media.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace bundle::serve {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

FileIdentity identity_of(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size_bytes = status.st_size,
          .changed_ns = status.st_mtim.tv_sec * kSecondNs + status.st_mtim.tv_nsec};
}

FileIdentity identity_at(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 ? identity_of(status) : FileIdentity{};
}

std::shared_ptr<const OpenParts> open_parts(const format::Index& index,
                                            const std::vector<std::filesystem::path>& folders) {
  std::vector<Finding> missing;  // asked for again by each request that needs one
  auto opened = std::make_shared<OpenParts>(
      OpenParts{.set = std::make_shared<format::PartSet>(index, folders, missing)});
  for (std::size_t part = 0; part < index.parts.size(); ++part) {
    struct stat status{};
    const bool is_there = opened->set->has(part) && ::fstat(opened->set->fd(part), &status) == 0;
    opened->identities.push_back(is_there ? identity_of(status) : FileIdentity{});
  }
  return opened;
}

std::vector<FileIdentity> identities_of(const OpenParts& opened, const format::Entry& entry) {
  std::vector<FileIdentity> identities;
  for (const format::Piece& piece : entry.at) {
    identities.push_back(opened.identities.at(piece.part));
  }
  return identities;
}

}  // namespace

Media::Media(const format::VerifiedIndex& verified, std::vector<std::filesystem::path> folders)
    : verified_(verified), folders_(std::move(folders)) {}

Media::Media(const format::VerifiedIndex& verified, const format::PartSet& opened)
    : verified_(verified),
      fixed_(std::make_shared<OpenParts>(
          OpenParts{.set = {&opened, [](const format::PartSet*) {}},
                    .identities = std::vector<FileIdentity>(verified.index().parts.size())})) {}

bool Media::is_unchanged(const OpenParts& opened, const format::Entry& entry) const {
  return fixed_ || std::ranges::all_of(entry.at, [&](const format::Piece& piece) {
           return opened.set->has(piece.part) &&
                  identity_at(opened.set->path(piece.part)) == opened.identities.at(piece.part);
         });
}

std::shared_ptr<const OpenParts> Media::parts_of(const format::Entry& entry) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const OpenParts> opened = fixed_ ? fixed_ : opened_.lock();
  if (!opened || !is_unchanged(*opened, entry)) {
    opened = open_parts(index(), folders_);
    opened_ = opened;
  }
  for (const format::Piece& piece : entry.at) {
    if (!opened->set->has(piece.part)) {
      throw Error(
          ErrorKind::usage,
          fmt::format("the part {} is not there, or has not its size", index().parts.at(piece.part).name),
          "put the medium back that has it");
    }
  }
  return opened;
}

void Media::warm(const OpenParts& opened, std::uint64_t part, Slice slice) {
  constexpr std::uint64_t kScratchBytes = 1 << 20;
  const std::lock_guard lock(turn_);
  scratch_.resize(kScratchBytes);
  for (std::uint64_t at = 0; at < slice.size_bytes; at += kScratchBytes) {
    const std::uint64_t count = std::min(kScratchBytes, slice.size_bytes - at);
    pread_all(opened.set->fd(part), std::span(scratch_).first(count), slice.offset + at,
              opened.set->path(part));
  }
}

bool Media::was_checked(const OpenParts& opened, const format::Entry& entry) const {
  const std::lock_guard lock(mutex_);
  const auto found = checked_.find(&entry);
  return found != checked_.end() && found->second == identities_of(opened, entry);
}

void Media::remember_checked(const OpenParts& opened, const format::Entry& entry) {
  const std::lock_guard lock(mutex_);
  checked_[&entry] = identities_of(opened, entry);
}

}  // namespace bundle::serve
