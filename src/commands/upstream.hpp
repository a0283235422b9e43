#pragma once

#include <cstddef>
#include <filesystem>

namespace bundle::commands {

/// Options of every verb that talks to upstreams.
struct UpstreamOptions {
  std::filesystem::path mirrors;  ///< empty: none
  std::size_t jobs = 8;
};

}  // namespace bundle::commands
