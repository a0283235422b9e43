#include "build/reuse.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace bundle::build {

ReuseIndex::ReuseIndex(const std::vector<std::filesystem::path>& folders, Log& log) : log_(log) {
  for (const std::filesystem::path& folder : folders) {
    with_context("reading --reuse " + folder.string(), [&] { add(folder); });
  }
}

void ReuseIndex::add(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / format::kIndexName;
  auto bundle = std::make_unique<Bundle>();
  bundle->index = format::parse_index(read_file(file, format::kMaxIndexBytes), file.string());
  for (const format::Part& part : bundle->index.parts) {
    const std::filesystem::path path = folder / part.name;
    const bool is_there = std::filesystem::is_regular_file(path);
    if (!is_there) {
      log_.warn(path.string() + " is missing; what it held is fetched");
    }
    bundle->parts.push_back(
        {.fd = is_there ? open_file(path, OpenMode::read) : UniqueFd(), .name = path.string()});
  }
  for (const format::Entry& entry : bundle->index.entries) {
    const bool is_whole = std::all_of(entry.at.begin(), entry.at.end(), [&](const format::Piece& piece) {
      return static_cast<bool>(bundle->parts.at(piece.part).fd);
    });
    if (is_whole) {
      by_sha256_.try_emplace(entry.sha256, Place{bundle.get(), &entry});
    }
  }
  bundles_.push_back(std::move(bundle));
}

std::optional<std::uint64_t> ReuseIndex::size_bytes(const std::string& sha256) const {
  const auto it = by_sha256_.find(sha256);
  return it == by_sha256_.end() ? std::nullopt : std::optional(it->second.entry->size_bytes);
}

/// An old stick with a bad spot is no reason to end a build that can fetch.
bool ReuseIndex::can_read(const Region& region, std::span<std::byte> buffer, std::uint64_t offset) const {
  try {
    return region.read(buffer, offset);
  } catch (const Error& error) {
    log_.warn(error.message());
    return false;
  }
}

bool ReuseIndex::read(const std::string& sha256, const net::BodySink& sink) const {
  const Place& place = by_sha256_.at(sha256);
  const Region region(place.bundle->parts, *place.entry);
  std::vector<std::byte> buffer(1 << 20);
  for (std::uint64_t offset = 0; offset < region.size_bytes();) {
    const std::span<std::byte> chunk =
        std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), region.size_bytes() - offset));
    if (!can_read(region, chunk, offset)) {
      return false;
    }
    sink(chunk, offset);
    offset += chunk.size();
  }
  return true;
}

}  // namespace bundle::build
