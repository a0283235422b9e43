#include "host/known_environment.hpp"

#include <algorithm>

#include "host/state_folder.hpp"

namespace bundle::host {
namespace {

/// The packages' programs come before those that somebody has put beside them by hand.
constexpr std::string_view kPath = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin";

Command in_known_environment(Command command) {
  for (const auto& [name, value] : {std::pair{"PATH", kPath}, std::pair{"HOME", kHomeFolder}}) {
    const bool is_set = std::any_of(command.env.begin(), command.env.end(),
                                    [&, wanted = name](const auto& pair) { return pair.first == wanted; });
    if (!is_set) {
      command.env.emplace_back(name, value);
    }
  }
  command.clean_env = true;
  return command;
}

}  // namespace

CommandResult KnownEnvironment::run(const Command& command) {
  return runner_.run(in_known_environment(command));
}

}  // namespace bundle::host
