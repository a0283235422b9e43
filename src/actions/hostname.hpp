#pragma once

#include <memory>
#include <string>

#include "steps/action.hpp"

namespace bundle::actions {

/// Names the host. Refused while the file `node_file` is there: then others know it by the name that it has.
std::unique_ptr<steps::Action> set_hostname(std::string name, std::string node_file);

/// Change type "hostname".
void undo_hostname(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
