#pragma once

#include <filesystem>
#include <string>

#include "commands/session.hpp"

namespace bundle::commands {

struct InitOptions {
  std::string profile = "cluster";
  std::filesystem::path output = "versions.yml";
};

/// Writes a commented starter from a profile of bundles/, and the values files that it names beside it. Never
/// overwrites: Error(usage) when one of the files is there.
void init(Session& session, const InitOptions& options);

}  // namespace bundle::commands
