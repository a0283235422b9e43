#include "format/parts.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>

#include "base/interrupt.hpp"
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

/// Reads the blocks of one piece: header, data, padding.
void stream_piece(const PartSet& parts, const Entry& entry, std::size_t number, std::span<std::byte> buffer,
                  const Sink& sink) {
  const Piece& piece = entry.at[number];
  const std::string& name = parts.path(piece.part);
  const std::uint64_t begin = piece.offset - kTarBlock;
  const std::uint64_t data_end = kTarBlock + piece.size_bytes;
  const std::uint64_t total = kTarBlock + padded(piece.size_bytes);
  const auto fail_here = [&](std::string_view what, std::uint64_t offset) {
    throw Error(ErrorKind::integrity, Position{.file = name},
                fmt::format("entry {}: {} (part {}, offset {})", entry.path.str(), what, piece.part, offset));
  };
  for (std::uint64_t at = 0; at < total;) {
    check_interrupt();
    const std::span<std::byte> chunk = buffer.first(std::min<std::uint64_t>(buffer.size(), total - at));
    if (!pread_all(parts.fd(piece.part), chunk, begin + at, name)) {
      fail_here("the part ends within it", begin + at);
    }
    const std::uint64_t end = at + chunk.size();
    if (at == 0 && !std::ranges::equal(chunk.first(kTarBlock),
                                       tar_header(piece_path(entry, number), piece.size_bytes, entry.mode))) {
      fail_here("its tar header is not the one that the index implies", begin);
    }
    const std::uint64_t first = std::max<std::uint64_t>(at, kTarBlock);
    const std::uint64_t last = std::min(end, data_end);
    if (first < last) {
      sink(Bytes(chunk).subspan(first - at, last - first));
    }
    if (end > data_end && !is_zero(Bytes(chunk).subspan(std::max(data_end, at) - at))) {
      fail_here("the padding after it is not zero", begin + data_end);
    }
    at = end;
  }
}

/// Where an entry lies. The digest of a split one is over all its pieces: any of them may be the bad one.
std::string place_of(const PartSet& parts, const Entry& entry) {
  const Piece& first = entry.at.front();
  if (entry.at.size() == 1) {
    return fmt::format("part {}, offset {}", first.part, first.offset);
  }
  std::string text = fmt::format("from part {}, offset {}, in one of", first.part, first.offset);
  for (const Piece& piece : entry.at) {
    text += " " + std::filesystem::path(parts.path(piece.part)).filename().string();
  }
  return text;
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
  Hasher hasher;
  for (std::size_t i = 0; i < entry.at.size(); ++i) {
    stream_piece(parts, entry, i, buffer, [&](Bytes bytes) {
      hasher.update(bytes);
      sink(bytes);
    });
  }
  if (const std::string found = hasher.finish_hex(); found != entry.sha256) {
    throw Error(ErrorKind::integrity, Position{.file = parts.path(entry.at.front().part)},
                fmt::format("entry {}: its SHA-256 is {} instead of {} ({})", entry.path.str(), found,
                            entry.sha256, place_of(parts, entry)));
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
