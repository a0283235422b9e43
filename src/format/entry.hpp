#pragma once

#include <filesystem>
#include <string>

#include "format/parts.hpp"

namespace bundle::format {

/// A small entry of the bundle, checked against its digest. Throws Error(integrity) when it is over
/// `limit_bytes` or not what the index says.
std::string read_entry(const PartSet& parts, const Entry& entry, std::uint64_t limit_bytes);

/// Writes an entry to `path` (with its mode, folders made), for looking at it on a tmpfs: nothing is synced.
/// When it is not what the index says the file is gone and Error(integrity) thrown.
void extract_entry(const PartSet& parts, const Entry& entry, const std::filesystem::path& path);

}  // namespace bundle::format
