#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "install/action.hpp"

namespace bundle::install {

/// Sets kernel parameters now, and at each boot through the file /etc/sysctl.d/`file`; proves each by reading
/// it back, and names the file that overrides one.
std::unique_ptr<Action> set_sysctls(std::string file, std::map<std::string, std::string> values);

/// Loads kernel modules; what is built in (or already provided by a container's host) is enough.
std::unique_ptr<Action> load_modules(std::vector<std::string> names);

std::unique_ptr<Action> set_hostname(std::string name);

/// `swapoff -a`; undo swaps on again what was on.
std::unique_ptr<Action> turn_swap_off();

/// `setenforce 0` and SELINUX=permissive, where SELinux enforces.
std::unique_ptr<Action> make_selinux_permissive();

/// Whether the kernel has what the module brings: loaded, built in, or seen by its effect (in a container).
bool has_module(const Host& host, const std::string& name);

/// The last file of `sysctl --system` that sets this parameter to something else than `value`; empty: none.
std::string overriding_file(const Host& host, const std::string& name, const std::string& value);

/// Change types "sysctl", "hostname", "swap", "selinux".
void undo_sysctls(Host& host, const Change& change);
void undo_hostname(Host& host, const Change& change);
void undo_swap(Host& host, const Change& change);
void undo_selinux(Host& host, const Change& change);

}  // namespace bundle::install
