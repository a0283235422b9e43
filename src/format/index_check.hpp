#pragma once

#include <string>
#include <string_view>

#include "format/index.hpp"

namespace bundle::format {

/// Throws Error(integrity) unless the index is consistent in itself: names and digests well formed, tar
/// members distinct and none below another, every byte of every part accounted for, SHA256SUMS that of the
/// entries, and every path that a list names an entry. Entries must be sorted.
void check_index(const Index& index, const std::string& name);

/// Dotted integers.
bool is_version(std::string_view text);

}  // namespace bundle::format
