#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "build/fill_journal.hpp"
#include "build/plan.hpp"
#include "build/reuse.hpp"
#include "build/world.hpp"

namespace bundle::build {

/// The journal's name in DIR.partial.
inline constexpr std::string_view kJournalName = ".journal";

struct FilledParts {
  std::unique_ptr<FillJournal> journal;  ///< while it is held, no other build begins there
  std::vector<std::string> sha256;       ///< of each part
};

/// Writes the parts of a plan into `folder` (DIR.partial): headers, then every entry straight at its final
/// offsets, several at a time, the largest first, hashed on the way. What an earlier run of the same plan
/// left there is hashed and kept, and a transfer that broke off goes on by Range. An entry that an `earlier`
/// bundle has is copied from there instead of fetched. All parts are fsynced at the end. Throws
/// Error(no_space) before the first write when the parts do not fit, Error(usage) on a file system without
/// sparse files or while another build is at work in the folder, Error(integrity) for bytes with another
/// digest, Error(network) for what is gone.
FilledParts fill_parts(const Plan& plan, const std::filesystem::path& folder, const ReuseIndex& earlier,
                       World& world);

}  // namespace bundle::build
