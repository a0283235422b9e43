#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/node.hpp"
#include "host/kernel.hpp"
#include "site/site.hpp"

namespace bundle::cluster {

/// /etc/hosts: all nodes of the site, and this one.
std::string hosts_block(const site::Site& site, const ThisNode& node);

/// Whether this node's clock is the site's: `time: {servers: []}`, and it is the first master.
bool serves_time(const site::Site& site, const ThisNode& node);

/// chrony.conf: the site's servers; with `servers: []` the first master's own clock for all others. Only for
/// a site with a `time:` key.
std::string chrony_config(const site::Site& site, const ThisNode& node);

/// The kernel parameters that a node needs; of those with `at_least` the host may have more.
std::vector<host::Sysctl> kernel_parameters();

/// The file in /etc/sysctl.d that holds those of them that a host does not have by itself.
constexpr std::string_view kSysctlFile = "99-bundle.conf";

}  // namespace bundle::cluster
