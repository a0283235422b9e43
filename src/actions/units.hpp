#pragma once

#include <memory>
#include <string>
#include <vector>

#include "steps/action.hpp"

namespace bundle::actions {

enum class UnitState { enabled, disabled };
/// Enables and starts (or disables and stops) a unit of systemd. A unit that runs with other content of
/// `config` (an absolute path) than that has now is restarted. What it runs with is known from its start by
/// us (a mark), or from the moment before its step first wrote (the change's `ours`); a start by somebody
/// else since then has read what lies there now. No clock is asked.
std::unique_ptr<steps::Action> set_unit(std::string unit, UnitState state, std::string config = {});

/// Enables a unit without starting it: kubelet, which kubeadm starts.
std::unique_ptr<steps::Action> enable_unit(std::string unit);

/// Change type "unit".
void undo_unit(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
