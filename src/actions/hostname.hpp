#pragma once

#include <memory>
#include <string>

#include "steps/action.hpp"

namespace bundle::actions {

/// Names the host; refused on one that is a node under another name.
std::unique_ptr<steps::Action> set_hostname(std::string name);

/// Change type "hostname".
void undo_hostname(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
