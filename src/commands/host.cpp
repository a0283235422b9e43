#include "commands/host.hpp"

#include <ctime>

#include "host/state_folder.hpp"

namespace bundle::commands {

host::Host this_host(Session& session) {
  return {.root = session.root,
          .runner = *session.runner,
          .log = *session.log,
          .progress = *session.progress,
          .now = [] { return static_cast<std::int64_t>(std::time(nullptr)); }};
}

}  // namespace bundle::commands
