#pragma once

#include <cstddef>
#include <filesystem>

namespace bundle::commands {

/// Options of every verb that talks to upstreams.
struct UpstreamOptions {
  std::filesystem::path mirrors;  ///< empty: none
  /// containerd and Docker take three. Where the upstream is faster than the processors can hash, more of
  /// them keep the first entry of a part back, and with it the part's digest.
  std::size_t jobs = 4;
};

}  // namespace bundle::commands
