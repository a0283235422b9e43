#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "steps/change.hpp"

namespace bundle::cluster {

/// What becomes of a cluster when this host, a node of it, is taken back.
enum class Fate {
  ends,   ///< there was no other node
  stays,  ///< others go on with it
  lost,   ///< nobody knows: it does not answer
};

/// The type of the change that making a control plane, or joining one, is in a journal.
constexpr std::string_view kKubeadmChange = "kubeadm";

/// What of a control plane or of a joined node lies on this host.
std::vector<std::string> traces(const host::Host& host);

/// Stops what runs, `kubeadm reset`, and removes what that leaves when a power cut took the manifest from
/// which it would have learned of it. Only after a begin of our own.
void reset_node(const host::Host& host);

/// The same of a host whose etcd may be one that the majority of others needs: it is waited for until that
/// answers, and Error(step) is thrown, with nothing removed, when it cannot leave them.
void leave_and_reset_node(const host::Host& host);

/// Names of the network links now.
std::vector<std::string> links(const host::Host& host);

/// Change type kKubeadmChange: `kubeadm reset`, the links and netfilter rules of the pod network. A master
/// tells the others that it leaves, as far as they hear it.
void undo_kubeadm(host::Host& host, const steps::Change& change);

/// The same of a node whose cluster stays: throws Error(step), before anything of it is removed, when a
/// master cannot leave the others' etcd and list of nodes.
void leave_and_undo_kubeadm(host::Host& host, const steps::Change& change);

}  // namespace bundle::cluster
