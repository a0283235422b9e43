#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

namespace bundle::host {

constexpr std::string_view kChronyConfig = "/etc/chrony.conf";

/// Whom this host's chrony follows by its configuration: `server ntp1.example`, `pool 2.pool.example`; none
/// where there is no such file. Source: chrony.conf(5).
std::vector<std::string> chrony_sources(const Host& host);

}  // namespace bundle::host
