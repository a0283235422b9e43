#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "nodes/marks.hpp"
#include "steps/action.hpp"

namespace bundle::nodes {

/// Makes nodes bear their marks, as far as they are in the cluster and these rights go. The kubeconfig of a
/// kubelet sees its own node only. Change type "none": marks of a node go with it.
std::unique_ptr<steps::Action> mark_nodes(std::vector<Marks> marks, std::string kubeconfig, Rights rights);

/// What of a node's marks its kubelet may not change, and a master has to (Difference::denied); none when the
/// node cannot be asked.
std::vector<std::string> denied_marks(const host::Host& host, const Marks& marks);

}  // namespace bundle::nodes
