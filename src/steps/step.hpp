#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "steps/action.hpp"

namespace bundle::steps {

/// A named part of an installation.
struct Step {
  std::string id;                  ///< `kubeadm-init`
  std::string title;               ///< `make the control plane`
  std::string hint;                ///< what a person looks at when it fails
  std::vector<std::string> needs;  ///< ids of steps before it that it builds on; undo keeps to them
  std::vector<std::unique_ptr<Action>> actions;

  void add(std::unique_ptr<Action> action) { actions.push_back(std::move(action)); }
};

using Plan = std::vector<Step>;

/// `sha256:…` over the inputs of all actions: what the journal knows the step by.
std::string inputs_of(const Step& step);

}  // namespace bundle::steps
