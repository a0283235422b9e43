#pragma once

#include <optional>
#include <string>

#include "serve/content.hpp"

namespace bundle::serve {

/// A file of the bundle's folder: index, installer, their signatures, and parts; no other is ever read.
/// Nothing for another name. Index and installer are checked as they are read; a part goes out as it is, for
/// whoever gets it checks it. Throws Error(usage) when the file is not there.
std::optional<Content> folder_content(const Media& media, const std::string& name);

}  // namespace bundle::serve
