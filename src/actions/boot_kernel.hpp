#pragma once

#include <memory>
#include <string>

#include "steps/action.hpp"

namespace bundle::actions {

/// A kernel module that comes from a package, and the one of the kernel that would take its devices.
struct ModuleFor {
  std::string module;  ///< nvidia
  std::string rival;   ///< nouveau
};

/// Makes the kernel that has the module (the running one, else the newest) the one that is booted, with an
/// initramfs without the rival; the initramfs that was there is kept. Where no kernel on disk has the module
/// Error(step).
std::unique_ptr<steps::Action> boot_kernel_with(ModuleFor wanted);

/// Loads the module. Throws Error(reboot) where the running kernel does not have it, or has another build of
/// it or the rival loaded.
std::unique_ptr<steps::Action> load_driver(ModuleFor wanted);

/// Change type "boot". Throws Error(reboot) while a kernel runs that was not there before: its packages go
/// next.
void undo_boot_kernel(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
