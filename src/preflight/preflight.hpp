#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/opened.hpp"
#include "host/host.hpp"
#include "preflight/check.hpp"

namespace bundle::preflight {

struct Options {
  bool allow_base_changes = false;
  /// The journal has steps of an installation: what they made (ports, containerd, packages) is no finding.
  bool allow_no_gpu = false;
  bool resuming = false;
};

/// Reads everything that knowledge of the trade says can go wrong and changes nothing: what it needs for a
/// while lies in a folder of its own below /run. In the order of the checks; empty when all is well.
/// Throws Error(integrity) when what it reads from the bundle is not what the index says.
std::vector<Check> preflight(host::Host& host, const cluster::Opened& opened, const Options& options);

bool has_error(const std::vector<Check>& checks);

/// For a terminal: errors first, two lines each, then a line that counts them.
std::string preflight_text(const std::vector<Check>& checks);
/// The same as JSON: an array of {id, severity, seen, fix}, in the order of the checks.
std::string preflight_json(const std::vector<Check>& checks);

}  // namespace bundle::preflight
