#include "format/verifier.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <tuple>

#include "base/fs.hpp"
#include "base/interrupt.hpp"
#include "base/parallel.hpp"
#include "format/parts.hpp"

namespace bundle::format {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;

std::vector<const Entry*> in_order_of_parts(const Index& index) {
  std::vector<const Entry*> entries;
  for (const Entry& entry : index.entries) {
    entries.push_back(&entry);
  }
  std::ranges::sort(entries, {}, [](const Entry* entry) {
    return std::tie(entry->at.front().part, entry->at.front().offset);
  });
  return entries;
}

/// Runs a check; what it throws becomes a finding about the part that it names, else about this one.
template <class Check>
std::optional<Finding> finding_of(const std::string& part_path, Check&& check) {
  try {
    check();
    return std::nullopt;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) {
      throw;
    }
    const Position& position = error.position();
    return Finding{.position = position.file.empty() ? Position{.file = part_path} : position,
                   .message = error.message()};
  }
}

std::uint64_t total_bytes(const Index& index) {
  std::uint64_t total = 0;
  for (const Entry& entry : index.entries) {
    total += entry.size_bytes;
  }
  return total;
}

/// An entry with a piece in a part that is missing (which is a finding already) cannot be read.
bool is_readable(const PartSet& parts, const Entry& entry) {
  return std::ranges::all_of(entry.at, [&](const Piece& piece) { return parts.has(piece.part); });
}

std::optional<Finding> check_entry(const PartSet& parts, const Entry& entry, Progress& progress) {
  thread_local std::unique_ptr<std::byte[]> buffer = std::make_unique<std::byte[]>(kBufferBytes);
  return finding_of(parts.path(entry.at.front().part), [&] {
    stream_entry(parts, entry, {buffer.get(), kBufferBytes},
                 [&](Bytes bytes) { progress.advance(bytes.size()); });
  });
}

bool is_signature(const std::string& name) {
  return name.starts_with(kInstallerName) && name.ends_with(".sig");
}

}  // namespace

std::vector<Finding> verify_payload(const VerifiedIndex& verified,
                                    const std::vector<std::filesystem::path>& folders, Progress& progress,
                                    std::size_t jobs) {
  const Index& index = verified.index();
  std::vector<Finding> findings;
  const PartSet parts(index, folders, findings);
  const std::vector<const Entry*> entries = in_order_of_parts(index);
  std::vector<std::optional<Finding>> found(entries.size());
  {
    const ProgressTask task(progress, "verifying", total_bytes(index));
    parallel_for(entries.size(), jobs, [&](std::size_t i) {
      if (is_readable(parts, *entries[i])) {
        found[i] = check_entry(parts, *entries[i], progress);
      }
    });
  }
  for (std::size_t part = 0; part < index.parts.size(); ++part) {
    if (parts.has(part)) {
      found.push_back(finding_of(parts.path(part), [&] { check_trailer(parts, index, part); }));
    }
  }
  for (std::optional<Finding>& finding : found) {
    if (finding) {
      findings.push_back(std::move(*finding));
    }
  }
  return findings;
}

std::vector<std::string> unlisted_files(const VerifiedIndex& verified,
                                        const std::vector<std::filesystem::path>& folders) {
  std::set<std::string> listed = {std::string(kIndexName), std::string(kInstallerName)};
  for (const Part& part : verified.index().parts) {
    listed.insert(part.name);
  }
  std::vector<std::string> unlisted;
  for (const std::filesystem::path& folder : folders) {
    for (const std::string& name : list_folder(folder)) {
      if (!listed.contains(name) && !is_signature(name)) {
        unlisted.push_back((folder / name).string());
      }
    }
  }
  return unlisted;
}

}  // namespace bundle::format
