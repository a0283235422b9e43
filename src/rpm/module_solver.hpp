#pragma once

#include <string>
#include <vector>

#include "rpm/modulemd.hpp"

namespace bundle::rpm {

/// Which builds (indexes into `metadata.builds`, ascending) are active on a system of this platform
/// (`platform:el8`): the streams enabled there (`name:stream`), the default streams of other modules where
/// they can be had, and what these require; every version of a chosen stream and context. As libdnf does it:
/// ModulePackageContainer::Impl::moduleSolve. Adds to `notes` what was enabled but cannot be had.
std::vector<std::size_t> active_builds(const ModuleMetadata& metadata, const std::string& platform_id,
                                       const std::vector<std::string>& enabled,
                                       std::vector<std::string>& notes);

}  // namespace bundle::rpm
