#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/progress.hpp"

namespace bundle::media {

using ByteSink = std::function<void(Bytes)>;

/// Hands on a file as the media itself gives it back: past the page cache by O_DIRECT where the file system
/// has it, else after asking the kernel to drop its pages. Tells `progress` of each byte. Throws
/// Error(integrity) for what is no plain file.
void read_media(const std::filesystem::path& path, Progress& progress, const ByteSink& sink);

/// Looks at each stretch of the source, in order, before it is written; at the end once with no bytes. What
/// it throws ends the copy.
using SourceCheck = std::function<void(Bytes)>;

/// Copies into `.NAME.bundle-partial` beside `to`, fsyncs, reads back from the media, compares digests,
/// renames and fsyncs the folder. Tells `progress` of twice the size. The partial file is removed when this
/// fails. Throws Error(integrity) when the media gives back something else, Error(usage) when the file system
/// takes no file of this size, Error(no_space), Error(interrupted).
void copy_to_media(const std::filesystem::path& from, const std::filesystem::path& to,
                   const SourceCheck& check, Progress& progress);

/// The same for content that was read and checked already.
void write_to_media(std::string_view content, const std::filesystem::path& to, unsigned mode,
                    Progress& progress);

}  // namespace bundle::media
