#pragma once

#include <set>
#include <string>
#include <string_view>

#include "commands/session.hpp"

namespace bundle::commands {

struct CopyOptions {
  std::string folder;
  std::string destination;  ///< holds the files of `folder` afterwards; made when it is not there
  std::string parts;        ///< `0-3,5`; empty: all
};

/// The numbers of a range like `0-3,5`, all below `count`. Throws Error(usage).
std::set<std::size_t> parse_range(std::string_view range, std::size_t count);

/// `bundle copy`: parts first, then installer and signatures, the index last, so that a copy that was cut off
/// is no bundle. What is there with the same content stays. Each file is read back from the media.
void copy(Session& session, const CopyOptions& options);

}  // namespace bundle::commands
