#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

namespace bundle::host {

/// The zone of firewalld that judges what comes in on this interface: the one that it is bound to, else the
/// default one. Empty where firewalld does not answer. Source: firewall-cmd(1), firewalld.zone(5).
std::string firewall_zone(const Host& host, const std::string& interface);

/// The zones that are bound to a network with one of these addresses (IPv4) in it: for what comes from there
/// they count before the interface's. Those that let everything pass (`trusted`) are left out.
std::vector<std::string> firewall_zones_of(const Host& host, const std::vector<std::string>& addresses);

}  // namespace bundle::host
