#pragma once

#include <string>
#include <string_view>

#include "host/host.hpp"

namespace bundle::host {

/// Where the kernel shows this parameter (`net.ipv4.ip_forward`).
std::string proc_path(const std::string& sysctl);

/// Whether the kernel has what the module brings: loaded, built in, or seen by its effect (in a container).
bool has_module(const Host& host, const std::string& name);

/// What a kernel parameter is to be.
struct Sysctl {
  std::string name;  ///< `net.ipv4.ip_forward`
  std::string value;
  bool at_least = false;  ///< a larger number is as good
  /// Whether this value is as good as the wanted one.
  bool takes(std::string_view other) const;
};

/// The last file of `sysctl --system` that sets this parameter, if it sets it to what is not wanted; empty:
/// none.
std::string overriding_file(const Host& host, const Sysctl& wanted);

/// Whether the host has what is wanted at least by itself, now and after a boot: then it is to be left alone.
/// `own_file` (below /etc/sysctl.d) is ours, and what it says is not the host's word.
bool has_more(const Host& host, const Sysctl& wanted, std::string_view own_file);

}  // namespace bundle::host
