#pragma once

#include <string>
#include <string_view>

#include "cluster/node.hpp"
#include "site/site.hpp"

namespace bundle::cluster {

/// haproxy.cfg before all masters, for 1.8 and 2.x; keepalived.conf and its check script for this node.
std::string haproxy_config(const site::Site& site, const ThisNode& node);
std::string keepalived_config(const site::Site& site, const ThisNode& node);
std::string keepalived_check(const site::Site& site, const ThisNode& node);
constexpr std::string_view kHaproxyConfig = "/etc/haproxy/haproxy.cfg";
constexpr std::string_view kKeepalivedConfig = "/etc/keepalived/keepalived.conf";
constexpr std::string_view kKeepalivedCheckPath = "/usr/libexec/keepalived/check_apiserver.sh";

}  // namespace bundle::cluster
