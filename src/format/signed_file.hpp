#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "format/verified_index.hpp"

namespace bundle::format {

/// Whether a file is called as a signature of NAME: `NAME.KEYID.sig`.
bool is_signature_of(std::string_view file, std::string_view name);

/// The trusted keys that have signed `content`, which was read from FOLDER/NAME: each `NAME.KEYID.sig` of one
/// beside it is checked. Throws Error(integrity) when the signature of a trusted key fails.
std::vector<signing::TrustedKey> valid_signers(const std::filesystem::path& folder, std::string_view name,
                                               std::string_view content, const Trust& trust);

/// The KEYIDs of all signatures of FOLDER/NAME that lie beside it, of whomever.
std::vector<std::string> signature_ids(const std::filesystem::path& folder, std::string_view name);

}  // namespace bundle::format
