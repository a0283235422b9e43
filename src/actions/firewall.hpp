#pragma once

#include <memory>
#include <string>
#include <vector>

#include "steps/action.hpp"

namespace bundle::actions {

/// Opens ports (`6443/tcp`), protocols (`vrrp`) and trusts networks in firewalld where it runs; elsewhere
/// there is nothing to do.
struct FirewallOpenings {
  std::vector<std::string> ports;
  std::vector<std::string> protocols;
  std::vector<std::string> trusted_networks;
};
std::unique_ptr<steps::Action> open_firewall(const FirewallOpenings& openings);

/// Change type "firewall".
void undo_firewall(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
