#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/kernel.hpp"
#include "steps/action.hpp"

namespace bundle::actions {

/// Sets kernel parameters now, and at each boot through the file /etc/sysctl.d/`file`; proves each by reading
/// it back, and names the file that overrides one. One that is as good already is left as it is.
std::unique_ptr<steps::Action> set_sysctls(std::string file, std::vector<host::Sysctl> values);

/// Loads kernel modules; what is built in (or already provided by a container's host) is enough.
std::unique_ptr<steps::Action> load_modules(std::vector<std::string> names);

/// Change type "sysctl".
void undo_sysctls(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
