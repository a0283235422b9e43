#pragma once

#include <optional>

#include "base/work_lock.hpp"
#include "commands/session.hpp"
#include "host/host.hpp"

namespace bundle::commands {

/// The machine that this program runs on. From here on neither the caller's environment nor its umask counts:
/// programs run in host::KnownEnvironment, and what is made has the modes that are written with it (STIG
/// gives root the umask 077, and other users of the host need /data, /etc/cni/net.d and their like).
host::Host this_host(Session& session);

/// While it stands, this process is the one that works on the host, and so is every program that it starts
/// until that has ended (WorkLock). A lost output is a request to stop.
class AtWork {
 public:
  /// Throws Error(step), with who it is, when somebody else is at work.
  AtWork(Session& session, const host::Host& host);
  ~AtWork();
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;

 private:
  Session& session_;
  std::optional<WorkLock> lock_;
};

}  // namespace bundle::commands
