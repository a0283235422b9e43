#pragma once

#include <string>
#include <vector>

namespace bundle::serve {

/// What a systemd service of the server runs.
struct UnitCommand {
  std::string program;            ///< absolute
  std::vector<std::string> args;  ///< with absolute paths
  bool has_low_port = false;      ///< below 1024
};

/// The service: a user of its own that may read everything, since keys and sticks are often root's, and do
/// nothing else. Source: systemd.exec(5); what systemd 239 of Enterprise Linux 8 does not know it passes
/// over.
std::string systemd_unit(const UnitCommand& command);

}  // namespace bundle::serve
