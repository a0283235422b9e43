#pragma once

#include "install/opened.hpp"
#include "steps/step.hpp"

namespace bundle::install {

/// What every node is made of before anything of Kubernetes runs on it: the payload, packages and files, its
/// name and clock, swap, kernel, SELinux and firewall. `opened` must outlive the steps.
steps::Plan host_steps(const host::Host& host, const Opened& opened);

}  // namespace bundle::install
