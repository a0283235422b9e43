#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

// The containers that the kubelet of a master runs by the files in /etc/kubernetes/manifests.
namespace bundle::upkeep {

/// etcd, kube-apiserver, kube-controller-manager, kube-scheduler: those that hold certificates of kubeadm's.
std::vector<std::string> control_plane();

/// Ends the containers of these components; the kubelet starts others, where it runs. Returns when they have
/// ended. Throws Error(step) when one does not.
void stop_containers(const host::Host& host, const std::vector<std::string>& components);

/// Restarts the control plane of this master, one component after another: each is a new container, answers,
/// and (etcd, the API server) shows the certificate that its file holds, before the next one's turn. Throws
/// Error(step) when one does not come to that.
void restart_control_plane(const host::Host& host);

/// Waits until the API server of this host is ready. Throws Error(step) when it does not become so.
void wait_for_own_api(const host::Host& host);

}  // namespace bundle::upkeep
