#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "survey/api.hpp"
#include "survey/expected.hpp"
#include "survey/picture.hpp"

namespace bundle::survey {

/// What a Deployment, DaemonSet or StatefulSet lacks (`1 of 2 pods are available`); empty: nothing.
/// Source: kubectl's pkg/polymorphichelpers/rollout_status.go.
std::string workload_fault(const json::Value& workload);

/// The bundle's components as the cluster has them: their releases, the workloads of these, and those that
/// the catalogue names for their health. What waits for a kind of node is pending.
Known<std::vector<Component>> components_of(const Api& api, const Expected& expected,
                                            const std::vector<Node>& nodes);

}  // namespace bundle::survey
