#pragma once

#include <memory>
#include <string>
#include <vector>

#include "steps/action.hpp"

namespace bundle::install {

/// Opens ports (`6443/tcp`), protocols (`vrrp`) and trusts networks in firewalld where it runs; elsewhere
/// there is nothing to do.
struct FirewallOpenings {
  std::vector<std::string> ports;
  std::vector<std::string> protocols;
  std::vector<std::string> trusted_networks;
};
std::unique_ptr<steps::Action> open_firewall(const FirewallOpenings& openings);

enum class UnitState { enabled, disabled };
/// Enables and starts (or disables and stops) a unit of systemd. A unit that runs since before `config` (an
/// absolute path) was last written is restarted.
std::unique_ptr<steps::Action> set_unit(std::string unit, UnitState state, std::string config = {});

/// Enables a unit without starting it: kubelet, which kubeadm starts.
std::unique_ptr<steps::Action> enable_unit(std::string unit);

/// Change types "unit" and "firewall".
void undo_unit(host::Host& host, const steps::Change& change);
void undo_firewall(host::Host& host, const steps::Change& change);

}  // namespace bundle::install
