#pragma once

#include <memory>
#include <string>

#include "steps/action.hpp"

namespace bundle::actions {

/// `setenforce 0` and SELINUX=permissive, where SELinux enforces.
std::unique_ptr<steps::Action> make_selinux_permissive();

/// Change type "selinux".
void undo_selinux(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
