#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "format/index.hpp"

namespace bundle::serve {

/// What of a bundle is there for one system: a component, a chart, or what versions.yml names beside them.
struct System {
  std::string version;  ///< of a component or chart
  std::size_t images = 0;
  std::size_t charts = 0;
  std::size_t rpms = 0;
  std::size_t files = 0;         ///< manifests and programs too
  std::uint64_t size_bytes = 0;  ///< of all these; what several systems share counts with each
};

/// By name, from the reasons that the index gives.
std::map<std::string, System> systems_of(const format::Index& index);

}  // namespace bundle::serve
