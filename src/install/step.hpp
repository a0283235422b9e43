#pragma once

#include <memory>
#include <string>
#include <vector>

#include "install/change.hpp"

namespace bundle::install {

/// A named part of an installation.
struct Step {
  std::string id;     ///< `kubeadm-init`
  std::string title;  ///< `make the control plane`
  std::string hint;   ///< what a person looks at when it fails
  std::vector<std::unique_ptr<Action>> actions;
};

using Plan = std::vector<Step>;

/// Of everything that the actions describe.
std::string inputs_of(const Step& step);

}  // namespace bundle::install
