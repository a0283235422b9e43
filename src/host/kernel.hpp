#pragma once

#include <string>

#include "host/host.hpp"

namespace bundle::host {

/// Where the kernel shows this parameter (`net.ipv4.ip_forward`).
std::string proc_path(const std::string& sysctl);

/// Whether the kernel has what the module brings: loaded, built in, or seen by its effect (in a container).
bool has_module(const Host& host, const std::string& name);

/// The last file of `sysctl --system` that sets this parameter to something else than `value`; empty: none.
std::string overriding_file(const Host& host, const std::string& name, const std::string& value);

}  // namespace bundle::host
