#pragma once

#include <filesystem>

#include "commands/session.hpp"
#include "host/host.hpp"

namespace bundle::commands {

/// The machine that this program runs on. From here on neither the caller's environment nor its umask counts:
/// programs run in host::KnownEnvironment, and what is made has the modes that are written with it (STIG
/// gives root the umask 077, and other users of the host need /data, /etc/cni/net.d and their like).
host::Host this_host(Session& session);

}  // namespace bundle::commands
