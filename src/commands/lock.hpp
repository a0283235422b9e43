#pragma once

#include <filesystem>
#include <string>

#include "commands/session.hpp"
#include "commands/upstream.hpp"

namespace bundle::commands {

struct LockOptions {
  std::filesystem::path versions;
  std::filesystem::path output;  ///< empty: default_lock_path
  bool is_update = false;
  std::string update;  ///< a component; empty: all
  bool slim = false;
  UpstreamOptions upstream;
};

/// `versions.yml` -> `versions.lock.json` beside it.
std::filesystem::path default_lock_path(const std::filesystem::path& versions);

/// Resolves and writes the lock, and prints what changed against the one before.
void lock(Session& session, const LockOptions& options);

}  // namespace bundle::commands
