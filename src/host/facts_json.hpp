#pragma once

#include "base/json.hpp"
#include "host/host.hpp"

namespace bundle::host {

/// What `bundle facts` prints: {"addresses", "arch", "cpu", "disks", "gpus", "hostname", "kernel", "memory",
/// "modules", "mounts", "os", "packages"}. The connected side reads it as `target.base`; packages and modules
/// are what it looks at.
json::Object collect_facts(const Host& host);

}  // namespace bundle::host
