#pragma once

#include <memory>
#include <string>
#include <vector>

#include "steps/action.hpp"

namespace bundle::actions {

/// A folder that programs fill (/var/lib/etcd): does nothing, but undo removes it with all that is in it when
/// it was not there before. `names` (as in `io.containerd.*`): what the programs call their things in it. Of
/// these alone undo empties a folder that stays, because it was there before or something is mounted at it,
/// and of them not those that were there.
std::unique_ptr<steps::Action> own_folder(std::string path, std::vector<std::string> names = {});

/// Change type "folder". What is mounted below stays, with the folders that lead to it, and is named.
void undo_folder(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
