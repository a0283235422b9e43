#pragma once

#include "steps/change.hpp"

namespace bundle::install {

/// How every type of change that an installation makes is undone; also those of earlier versions.
steps::UndoTable undo_table();

}  // namespace bundle::install
