#pragma once

#include <string>
#include <vector>

#include "commands/session.hpp"
#include "commands/upstream.hpp"

namespace bundle::commands {

struct RpmsOptions {
  std::vector<std::string> packages;
  std::vector<std::string> repositories;  ///< ID=URL-or-folder
  std::string base;                       ///< file, folder, or name of a list in rpm-lists/base
  std::string arch = "x86_64";
  std::string platform_id;
  bool weak = false;
  bool nobest = false;
  UpstreamOptions upstream;  ///< for repositories by URL
};

/// Prints the RPM closure, one NEVRA a line, sorted (or JSON with repository, checksum, size and who pulled
/// it). It resolves only: nothing is installed, and neither local folders nor URLs need a signature here.
/// Throws Error(unresolvable) with the chain in words.
void rpms(Session& session, const RpmsOptions& options);

}  // namespace bundle::commands
