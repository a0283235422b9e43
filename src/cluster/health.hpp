#pragma once

#include <string>

#include "host/host.hpp"

namespace bundle::cluster {

/// Pods that do not run, with their reasons, for people.
std::string unhealthy_pods(const host::Host& host);

}  // namespace bundle::cluster
