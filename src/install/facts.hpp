#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "install/host.hpp"
#include "spec/site.hpp"

namespace bundle::install {

/// An IPv4 address of this host with the interface that has it.
struct HostAddress {
  std::string interface;
  spec::Ipv4Network network;  ///< the address itself with its prefix
};

/// /etc/os-release, as far as the installer looks at it.
struct OsRelease {
  std::string id;
  std::string version_id;
  std::vector<std::string> id_like;
  std::string platform_id;
  std::string pretty_name;
};

/// Source: os-release(5).
OsRelease parse_os_release(std::string_view text);

/// Every global IPv4 address, in the order of `ip -j -4 address`.
std::vector<HostAddress> host_addresses(const Host& host);

/// The interface of the default route, empty when there is none.
std::string default_interface(const Host& host);

/// Name of this host, as the kernel has it.
std::string host_name(const Host& host);

}  // namespace bundle::install
