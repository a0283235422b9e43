#pragma once

#include <memory>
#include <string>

#include "steps/action.hpp"

namespace bundle::actions {

/// `setenforce 0` and SELINUX=permissive, where SELinux enforces.
std::unique_ptr<steps::Action> make_selinux_permissive();

/// Switches a boolean of SELinux on, now and at each boot: `setsebool -P NAME 1`. Done when both are so;
/// where the policy store is not to be seen, what is so now is all that tells.
std::unique_ptr<steps::Action> set_boolean(std::string name);

/// Change types "selinux" and "boolean".
void undo_selinux(host::Host& host, const steps::Change& change);
void undo_boolean(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
