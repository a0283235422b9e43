#pragma once

#include <filesystem>
#include <vector>

#include "format/verified_index.hpp"
#include "site/site.hpp"

namespace bundle::install {

/// Reads a site file as load_site does. Signatures beside it are checked first, over the bytes that are then
/// parsed: when one of a trusted key fails, or there are only those of other keys, that is Error(integrity).
/// Where the site file is signed, so must be each file that it names; `signed_files` then has their digests.
/// `origin` says whether it is signed, and if not whether it lies beside the bundle in one of
/// `folders`.
site::Site read_site_file(const std::filesystem::path& file,
                          const std::vector<std::filesystem::path>& folders, const format::Trust& trust);

/// A file that the site file names: the very bytes of which the signature was checked, where there is one.
std::string named_content(const site::Site& site, const std::filesystem::path& file);

/// Whether a file in the bundle's folder is the site file, one that it names, or a signature of one of them.
bool is_of_site(const site::Site& site, const std::filesystem::path& file);

}  // namespace bundle::install
