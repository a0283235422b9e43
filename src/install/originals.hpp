#pragma once

#include "host/host.hpp"
#include "steps/journal.hpp"

namespace bundle::install {

/// Removes the kept copies of files that are back as they were. The copy of a file that undo has left,
/// because somebody had changed it, stays: nobody else has it. So does one that the journal does not name.
void remove_needless_originals(const host::Host& host, const steps::Journal& journal);

}  // namespace bundle::install
