#pragma once

#include <memory>
#include <string>

#include "steps/action.hpp"

namespace bundle::nodes {

constexpr std::string_view kKubeletConfig = "/var/lib/kubelet/config.yaml";

/// Makes the kubelet's configuration what the cluster says with this node's patch over it: kubeadm writes it
/// anew when the answers of the site file are others than it has. The kubelet is stopped for that, and what
/// it kept of processors or memory that it gave out goes when they are given out otherwise now; it does not
/// start with that. Whoever follows starts it. `patch`: the content of cluster::kKubeletPatch, which lies
/// there. Change type "kubelet-config".
/// Source: Kubernetes' pkg/kubelet/cm/{cpumanager,memorymanager}/state/state_checkpoint.go, restoreState;
/// https://kubernetes.io/docs/tasks/administer-cluster/cpu-management-policies/#changing-the-cpu-manager-policy
std::unique_ptr<steps::Action> kubelet_config(std::string patch, std::string kubeconfig);

/// Puts back the configuration that there was, and starts the kubelet with it. One that has other answers
/// than ours by now is left, with a warning.
void undo_kubelet_config(host::Host& host, const steps::Change& change);

}  // namespace bundle::nodes
