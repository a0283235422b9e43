#pragma once

#include <memory>
#include <string>
#include <vector>

#include "steps/action.hpp"

namespace bundle::actions {

/// What firewalld lets in, and where: in the zone of the node's interface, whatever the default zone is, and
/// in zones that are bound to the networks of its peers. Networks are trusted in the zone `trusted`.
struct FirewallOpenings {
  std::vector<std::string> ports;      ///< `6443/tcp`
  std::vector<std::string> protocols;  ///< `vrrp`
  std::vector<std::string> trusted_networks;
  std::string interface;
  std::vector<std::string> peers;  ///< addresses of the other nodes
  std::vector<std::string> zones;  ///< open_zones while the plan is made, for its words alone
};

/// The zones to open as firewalld has them now, the interface's first; none where it does not run.
std::vector<std::string> open_zones(const host::Host& host, const FirewallOpenings& openings);

/// Opens firewalld where it runs; elsewhere there is nothing to do.
std::unique_ptr<steps::Action> open_firewall(FirewallOpenings openings);

/// Change type "firewall".
void undo_firewall(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
