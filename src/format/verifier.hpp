#pragma once

#include <filesystem>
#include <vector>

#include "base/progress.hpp"
#include "format/verified_index.hpp"

namespace bundle::format {

/// Reads every byte of every part that the index lists, from whichever folder has it, on `jobs` threads with
/// 1 MiB each: headers, data against digests, padding, trailers. Reports all faults, in the order of the
/// parts; an I/O error of the media is one too. Throws Error(interrupted) only.
std::vector<Finding> verify_payload(const VerifiedIndex& verified,
                                    const std::vector<std::filesystem::path>& folders, Progress& progress,
                                    std::size_t jobs);

/// Paths in the folders that the index does not list. They are never read.
std::vector<std::string> unlisted_files(const VerifiedIndex& verified,
                                        const std::vector<std::filesystem::path>& folders);

}  // namespace bundle::format
