#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::preflight {

/// What an image of CUDA asks of NVIDIA's driver on the host.
struct CudaNeed {
  std::string cuda;       ///< `13.0`
  unsigned driver_major;  ///< the least driver that runs it: 580
};

/// What an image with this environment (`NAME=VALUE`) needs that a driver of this version (`535.104.05`) does
/// not give; nothing when it does, when the image says nothing of CUDA, or names a CUDA that is not known
/// here. Brands of GPUs are not asked for: an image that takes an older driver for some of them is content
/// with it.
std::optional<CudaNeed> missing_for_cuda(const std::vector<std::string>& environment,
                                         std::string_view driver_version);

}  // namespace bundle::preflight
