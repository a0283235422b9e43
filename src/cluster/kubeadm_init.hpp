#pragma once

#include <memory>
#include <string>

#include "spec/component_network.hpp"
#include "steps/action.hpp"

namespace bundle::cluster {

/// `kubeadm init` with a configuration that is validated first. A control plane that an earlier try of ours
/// left half made is reset; one that is whole is waited for; a foreign one is refused. Marks "made" once it
/// is on disk.
std::unique_ptr<steps::Action> kubeadm_init(std::string config_path, std::string node_name,
                                            spec::PodNetwork network);

}  // namespace bundle::cluster
