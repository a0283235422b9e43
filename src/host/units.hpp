#pragma once

#include <string>

#include "host/host.hpp"

namespace bundle::host {

/// A unit of systemd as it is now.
struct Unit {
  bool is_there = false;
  bool is_enabled = false;
  bool is_active = false;
  std::string invocation;  ///< another one for each start, whoever starts it; empty while it never ran
};

Unit look_at(const Host& host, const std::string& name);

}  // namespace bundle::host
