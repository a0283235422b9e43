#pragma once

#include <string>

#include "cluster/node.hpp"
#include "spec/site.hpp"

namespace bundle::cluster {

/// /etc/hosts: all nodes of the site, and this one.
std::string hosts_block(const spec::Site& site, const ThisNode& node);

/// chrony.conf: the site's servers; without any the first master's own clock for all others.
std::string chrony_config(const spec::Site& site, const ThisNode& node);

}  // namespace bundle::cluster
