#include "commands/host.hpp"

#include <sys/stat.h>

#include <ctime>

#include "host/known_environment.hpp"

namespace bundle::commands {

host::Host this_host(Session& session) {
  constexpr mode_t kUmask = 022;
  ::umask(kUmask);
  session.host_runner = std::make_unique<host::KnownEnvironment>(*session.runner);
  return {.root = session.root,
          .runner = *session.host_runner,
          .log = *session.log,
          .progress = *session.progress,
          .now = [] { return static_cast<std::int64_t>(std::time(nullptr)); }};
}

}  // namespace bundle::commands
