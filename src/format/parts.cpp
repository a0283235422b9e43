#include "format/parts.hpp"

#include <fcntl.h>

#include <array>

#include "format/entry_reader.hpp"
#include "format/plain_file.hpp"
#include "format/tar.hpp"

namespace bundle::format {
namespace {

/// The part where it has its size; else a finding that says what is wrong in the last folder that has it.
std::optional<Finding> open_part(const Part& part, const std::vector<std::filesystem::path>& folders,
                                 UniqueFd& fd, std::string& path) {
  std::optional<Finding> finding;
  for (const std::filesystem::path& folder : folders) {
    path = (folder / part.name).string();
    try {
      std::optional<PlainFile> file = open_plain_file(path);
      if (!file) {
        continue;
      }
      if (file->size_bytes == part.size_bytes) {
        ::posix_fadvise(file->fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
        fd = std::move(file->fd);
        return std::nullopt;
      }
      finding = Finding{
          .position = {.file = path},
          .message = fmt::format("the part has {} bytes instead of {}", file->size_bytes, part.size_bytes)};
    } catch (const Error& error) {
      finding = Finding{.position = {.file = path}, .message = error.message(), .hint = error.hint()};
    }
  }
  if (!finding) {
    finding = Finding{.position = {.file = part.name},
                      .message = "the part is missing",
                      .hint = folders.size() > 1 ? "" : "parts may lie in several folders: name them all"};
  }
  return finding;
}

}  // namespace

PartSet::PartSet(const Index& index, const std::vector<std::filesystem::path>& folders,
                 std::vector<Finding>& findings) {
  for (const Part& part : index.parts) {
    OpenPart& open = parts_.emplace_back();
    if (std::optional<Finding> finding = open_part(part, folders, open.fd, open.path)) {
      findings.push_back(std::move(*finding));
    }
  }
}

void stream_entry(const PartSet& parts, const Entry& entry, std::span<std::byte> buffer, const Sink& sink) {
  EntryReader reader(parts, entry);
  for (Bytes bytes = reader.next(buffer); !bytes.empty(); bytes = reader.next(buffer)) {
    sink(bytes);
  }
}

std::vector<Finding> check_headers(const PartSet& parts, const Index& index) {
  std::vector<Finding> findings;
  for (const Entry& entry : index.entries) {
    for (std::size_t i = 0; i < entry.at.size(); ++i) {
      const Piece& piece = entry.at[i];
      if (!parts.has(piece.part)) {
        continue;
      }
      TarHeader header{};
      const std::uint64_t offset = piece.offset - kTarBlock;
      const std::string& name = parts.path(piece.part);
      if (!pread_all(parts.fd(piece.part), header, offset, name) ||
          header != tar_header(piece_path(entry, i), piece.size_bytes, entry.mode)) {
        findings.push_back(
            {.position = {.file = name},
             .message =
                 fmt::format("the tar header of entry {} is not the one that the index implies (offset {})",
                             entry.path.str(), offset),
             .hint = "the file is damaged, or of another bundle"});
        break;
      }
    }
  }
  return findings;
}

void check_trailer(const PartSet& parts, const Index& index, std::uint64_t part) {
  std::array<std::byte, kTarTrailer> trailer{};
  const std::uint64_t offset = index.parts.at(part).size_bytes - kTarTrailer;
  if (!pread_all(parts.fd(part), trailer, offset, parts.path(part)) || !is_zero(trailer)) {
    fail(ErrorKind::integrity, "the end of the archive is not zero (part {}, offset {})", part, offset);
  }
}

}  // namespace bundle::format
