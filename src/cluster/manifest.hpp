#pragma once

#include <memory>
#include <string>

#include "deliver/payload.hpp"
#include "steps/action.hpp"

namespace bundle::cluster {

/// A manifest of the payload, applied on the server side by the field manager `bundle`.
std::unique_ptr<steps::Action> apply_manifest(deliver::HashedFile manifest);

/// A namespace with a level of Pod Security, made before its release.
std::unique_ptr<steps::Action> make_namespace(std::string name, std::string pod_security);

/// Change type "manifest".
void undo_manifest(host::Host& host, const steps::Change& change);

}  // namespace bundle::cluster
