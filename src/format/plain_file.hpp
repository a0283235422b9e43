#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/fs.hpp"

namespace bundle::format {

struct PlainFile {
  UniqueFd fd;
  std::uint64_t size_bytes = 0;
};

/// Opens a regular file of a bundle's folder for reading; nothing when there is none of this name. Symbolic
/// links, pipes and devices are refused with Error(integrity) and not even opened: the media is hostile until
/// verified.
std::optional<PlainFile> open_plain_file(const std::filesystem::path& path);

/// Its whole content; Error(integrity) beyond `limit_bytes`.
std::optional<std::string> read_plain_file(const std::filesystem::path& path, std::uint64_t limit_bytes);

}  // namespace bundle::format
