#pragma once

#include <memory>
#include <string>

#include "steps/action.hpp"

namespace bundle::actions {

/// Something that the plan leaves as the host has it, so that people see it in the plan: does nothing, and is
/// always done. `what` names it (`/etc/chrony.conf`); `words` say how it is now and why it stays.
std::unique_ptr<steps::Action> keep(std::string what, std::string words);

}  // namespace bundle::actions
