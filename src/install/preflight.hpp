#pragma once

#include <string>
#include <vector>

#include "bundle/parts.hpp"
#include "bundle/verified_index.hpp"
#include "install/host.hpp"
#include "install/node.hpp"

namespace bundle::install {

enum class Severity { error, warning };

/// One thing that stands in the way, and what to type against it.
struct Check {
  std::string id;  ///< `no-default-route`
  Severity severity = Severity::error;
  std::string seen;  ///< what is wrong, with what was expected
  std::string fix;   ///< a command, or what to do
};

struct PreflightInput {
  const format::VerifiedIndex& bundle;
  const format::PartSet& parts;
  const spec::Site& site;
  const ThisNode& node;
  bool allow_base_changes = false;
  /// The journal has steps of this bundle: what they made (ports, containerd, packages) is no finding.
  bool resuming = false;
};

/// Reads everything that knowledge of the trade says can go wrong and changes nothing. In the order of the
/// checks; empty when all is well.
std::vector<Check> preflight(Host& host, const PreflightInput& input);

}  // namespace bundle::install
