#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/kubeadm_config.hpp"
#include "spec/component_network.hpp"
#include "spec/join.hpp"
#include "steps/action.hpp"

namespace bundle::cluster {

/// The id of the step in which a host joins.
constexpr std::string_view kJoinStep = "kubeadm-join";

/// With what a host joins. Without a join file (another run on a node that has joined) the action can only
/// find that it is done.
struct JoinRequest {
  ThisNode node;
  std::string endpoint;
  spec::PodNetwork network;
  std::optional<spec::Join> join;
  std::string certificate_key;  ///< of masters
};

/// Change type "kubeadm", as kubeadm_init: `kubeadm join` under the lock of joining masters. The document
/// with the token is on the host only while that runs, in /run. Done: the API server knows the node, and of
/// a master etcd has a voting member, its own API server answers, and it bears the label of a control plane.
std::unique_ptr<steps::Action> kubeadm_join(JoinRequest request);

/// Whether this host is a node of a cluster (there is the kubelet's kubeconfig).
bool has_joined(const host::Host& host);

}  // namespace bundle::cluster
