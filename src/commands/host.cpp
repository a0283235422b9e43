#include "commands/host.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.hpp"
#include "host/known_environment.hpp"
#include "host/state_folder.hpp"

namespace bundle::commands {

host::Host this_host(Session& session) {
  constexpr mode_t kUmask = 022;
  ::umask(kUmask);
  session.host_runner = std::make_unique<host::KnownEnvironment>(*session.runner);
  return {.root = session.root,
          .runner = *session.host_runner,
          .log = *session.log,
          .progress = *session.progress,
          .now = session.now,
          .steady = session.steady};
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
