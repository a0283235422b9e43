#pragma once

#include <string>
#include <string_view>

#include "host/host.hpp"

namespace bundle::leaving {

/// Lets no new pods come to this host's own node, and asks those that are there to go elsewhere: by the
/// Eviction API, which heeds PodDisruptionBudgets and grants each pod its time. Pods of the node itself
/// (static ones, of DaemonSets) stay. Who has not gone after two minutes goes down with the node, which is
/// said, with the budget that holds it. `kubeconfig`: the administrator's, or that of the node's kubelet.
/// Nothing to do where the kubelet does not run: no pod would be ended.
/// Source: https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/; a kubelet may do all of
/// this to its own node and pods: Kubernetes' plugin/pkg/admission/noderestriction/admission.go, admitNode,
/// admitPodEviction.
void drain(const host::Host& host, std::string_view kubeconfig, const std::string& node);

}  // namespace bundle::leaving
