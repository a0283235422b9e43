#pragma once

#include <filesystem>
#include <vector>

#include "format/verified_index.hpp"
#include "site/site.hpp"

namespace bundle::install {

/// Reads a site file as load_site does. Signatures beside it are checked first, over the bytes that are then
/// parsed: when one of a trusted key fails, or there are only those of other keys, that is Error(integrity).
/// Where the site file is signed, so must be each values file that it names; `signed_values` then has their
/// digests. `origin` says whether it is signed, and if not whether it lies beside the bundle in one of
/// `folders`.
site::Site read_site_file(const std::filesystem::path& file,
                          const std::vector<std::filesystem::path>& folders, const format::Trust& trust);

/// Whether a file in the bundle's folder is the site file, values that it names, or a signature of one of
/// them.
bool is_of_site(const site::Site& site, const std::filesystem::path& file);

}  // namespace bundle::install
