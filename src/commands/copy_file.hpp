#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/progress.hpp"

namespace bundle::commands {

/// SHA-256 of a file as the media itself gives it back: past the page cache by O_DIRECT where the file system
/// has it, else after asking the kernel to drop its pages. Tells `progress` of each byte.
std::string media_sha256(const std::filesystem::path& path, Progress& progress);

/// Copies into `.NAME.partial` beside `to`, fsyncs, reads back from the media, compares digests, renames and
/// fsyncs the folder. Tells `progress` of twice the size. The partial file is removed when this fails.
/// Throws Error(integrity) when the media gives back something else, Error(usage) when the file system takes
/// no file of this size, Error(no_space), Error(interrupted).
void copy_to_media(const std::filesystem::path& from, const std::filesystem::path& to, unsigned mode,
                   Progress& progress);

}  // namespace bundle::commands
