#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "commands/session.hpp"
#include "commands/upstream.hpp"

namespace bundle::commands {

struct BuildOptions {
  std::filesystem::path versions;
  bool locked = false;
  std::filesystem::path out;          ///< empty: NAME-VERSION-ARCH in the current folder
  std::filesystem::path key;          ///< empty: not signed
  std::uint64_t part_size_bytes = 0;  ///< 0: the default
  bool slim = false;
  std::vector<std::string> reuse;
  UpstreamOptions upstream;
};

/// Makes the bundle and prints its folder, the SHA-256 of index and installer, and the key id.
void build(Session& session, const BuildOptions& options);

}  // namespace bundle::commands
