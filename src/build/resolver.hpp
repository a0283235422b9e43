#pragma once

#include <optional>
#include <set>
#include <string>

#include "build/inputs.hpp"
#include "build/world.hpp"
#include "spec/lock.hpp"

namespace bundle::build {

struct ResolveOptions {
  bool slim = false;
  bool update_all = false;       ///< ask anew also what the lock before has answered
  std::string update_component;  ///< the same for what this component needs
};

/// Every name of the inputs resolved to digest and size. What `before` answered for an image reference stays,
/// unless `options` says otherwise; its date stays when nothing else changed.
spec::Lock resolve(const Inputs& inputs, const std::optional<spec::Lock>& before,
                   const ResolveOptions& options, World& world);

}  // namespace bundle::build
