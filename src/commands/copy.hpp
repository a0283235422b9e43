#pragma once

#include <string>

#include "commands/session.hpp"
#include "commands/trust_options.hpp"

namespace bundle::commands {

struct CopyOptions {
  std::string folder;
  std::string destination;  ///< holds the files of `folder` afterwards; made when it is not there
  std::string parts;        ///< `0-3,5`; empty: all
  TrustOptions trust;
};

/// `bundle copy`: parts first, then installer and signatures, the index last, so that a copy that was cut off
/// is no bundle. Index and installer are verified before anything is written; each part is checked against
/// the index while it is read. What the index says of is there already and right stays. Each file is read
/// back from the media. Throws Error(integrity) that names what is bad, in the source or on the media.
void copy(Session& session, const CopyOptions& options);

}  // namespace bundle::commands
