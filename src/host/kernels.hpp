#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

namespace bundle::host {

/// Releases of the kernels with modules on this host (the folders of /lib/modules), the oldest first.
std::vector<std::string> kernels(const Host& host);

/// Whether this kernel has the module as a file of its own: `NAME.ko`, as it is or compressed, or a link.
bool has_module_file(const Host& host, const std::string& release, const std::string& module);

/// `/boot/vmlinuz-5.14.0-503.el9.x86_64`.
std::string kernel_image(const std::string& release);
/// `/boot/initramfs-5.14.0-503.el9.x86_64.img`, as kernels of EL have it.
std::string initramfs(const std::string& release);

/// The newest kernel on disk that can be booted and has the module; the running one if that has it. Empty:
/// none.
std::string kernel_with(const Host& host, const std::string& module);

/// The image that is booted next, as grubby says; empty when it cannot.
std::string default_kernel_image(const Host& host);

}  // namespace bundle::host
