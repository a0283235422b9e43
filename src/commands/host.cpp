#include "commands/host.hpp"

#include <sys/stat.h>

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

}  // namespace bundle::commands
