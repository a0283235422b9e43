#pragma once

#include <string>
#include <vector>

#include "steps/change.hpp"

namespace bundle::cluster {

/// What of a control plane or of a joined node lies on this host.
std::vector<std::string> traces(const host::Host& host);

/// Stops what runs, `kubeadm reset`, and removes what that leaves when a power cut took the manifest from
/// which it would have learned of it. Only after a begin of our own.
void reset_node(const host::Host& host);

/// Names of the network links now.
std::vector<std::string> links(const host::Host& host);

/// Change type "kubeadm": `kubeadm reset`, the links and netfilter rules of the pod network.
void undo_kubeadm(host::Host& host, const steps::Change& change);

}  // namespace bundle::cluster
