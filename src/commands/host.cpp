#include "commands/host.hpp"

#include <unistd.h>

#include <ctime>

#include "base/interrupt.hpp"
#include "host/state_folder.hpp"

namespace bundle::commands {

host::Host this_host(Session& session) {
  return {.root = session.root,
          .runner = *session.runner,
          .log = *session.log,
          .progress = *session.progress,
          .now = [] { return static_cast<std::int64_t>(std::time(nullptr)); }};
}

AtWork::AtWork(Session& session, const host::Host& host) : session_(session) {
  stop_when_output_is_lost();
  // Without root nothing can be done here anyway; preflight says so.
  if (session.root != "/" || ::geteuid() == 0) {
    lock_.emplace(host.at(host::kWorkLockPath), own_command_line(), host.now());
    session.runner->keep(&*lock_);
  }
}

AtWork::~AtWork() { session_.runner->keep(nullptr); }

}  // namespace bundle::commands
