#include "commands/forget.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "commands/host.hpp"
#include "leaving/forget.hpp"

namespace bundle::commands {

void forget(Session& session, const std::string& node) {
  const host::Host host = this_host(session);
  const AtWork at_work(session, host);
  const std::vector<std::string> gone = leaving::forget(host, node);
  session.print(gone.empty() ? fmt::format("the cluster does not know {}\n", node)
                             : fmt::format("forgotten: {}\n", join(gone, ", ")));
}

}  // namespace bundle::commands
