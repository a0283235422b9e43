#include "commands/host.hpp"

#include "host/state_folder.hpp"

namespace bundle::commands {

host::Host this_host(Session& session) {
  return {.root = session.root,
          .runner = *session.runner,
          .log = *session.log,
          .progress = *session.progress,
          .now = session.now,
          .steady = session.steady};
}

}  // namespace bundle::commands
