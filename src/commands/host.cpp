#include "commands/host.hpp"

#include <ctime>

namespace bundle::commands {

install::Host this_host(Session& session) {
  return {
      .root = "/", .runner = *session.runner, .log = *session.log, .progress = *session.progress, .now = [] {
        return static_cast<std::int64_t>(std::time(nullptr));
      }};
}

std::filesystem::path journal_path(const install::Host& host) {
  return host.at(std::string(install::kStateFolder) + "/journal");
}

}  // namespace bundle::commands
