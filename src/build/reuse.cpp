#include "build/reuse.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace bundle::build {

ReuseIndex::ReuseIndex(const std::vector<std::filesystem::path>& folders, Log& log) {
  for (const std::filesystem::path& folder : folders) {
    with_context("reading --reuse " + folder.string(), [&] { add(folder, log); });
  }
}

void ReuseIndex::add(const std::filesystem::path& folder, Log& log) {
  const std::filesystem::path file = folder / format::kIndexName;
  auto bundle = std::make_unique<Bundle>();
  bundle->index = format::parse_index(read_file(file, format::kMaxIndexBytes), file.string());
  for (const format::Part& part : bundle->index.parts) {
    const std::filesystem::path path = folder / part.name;
    const bool is_there = std::filesystem::is_regular_file(path);
    if (!is_there) {
      log.warn(path.string() + " is missing; what it held is fetched");
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

std::optional<Region> ReuseIndex::find(const std::string& sha256, std::uint64_t size_bytes) const {
  const auto it = by_sha256_.find(sha256);
  if (it == by_sha256_.end() || it->second.entry->size_bytes != size_bytes) {
    return std::nullopt;
  }
  return Region(it->second.bundle->parts, *it->second.entry);
}

std::optional<std::uint64_t> ReuseIndex::size_bytes(const std::string& sha256) const {
  const auto it = by_sha256_.find(sha256);
  return it == by_sha256_.end() ? std::nullopt : std::optional(it->second.entry->size_bytes);
}

bool ReuseIndex::read(const std::string& sha256, const net::BodySink& sink) const {
  const Place& place = by_sha256_.at(sha256);
  return Region(place.bundle->parts, *place.entry).read_all(sink);
}

}  // namespace bundle::build
