#pragma once

#include <cstdint>
#include <string>

#include "host/host.hpp"

namespace bundle::host {

/// A unit of systemd as it is now.
struct Unit {
  bool is_there = false;
  bool is_enabled = false;
  bool is_active = false;
  std::uint64_t started_at_us = 0;  ///< of the monotonic clock
};

Unit look_at(const Host& host, const std::string& name);

/// Whether the file (absolute; empty: none) was written after the unit started, by the clock as it stands
/// now.
bool is_newer(const Host& host, const std::string& config, const Unit& unit);

}  // namespace bundle::host
