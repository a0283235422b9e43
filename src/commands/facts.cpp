#include "commands/facts.hpp"

#include "base/fs.hpp"
#include "base/text.hpp"
#include "commands/host.hpp"
#include "host/facts_json.hpp"
#include "host/host.hpp"

namespace bundle::commands {

void facts(Session& session, const FactsOptions& options) {
  host::Host host = this_host(session);
  host.root = options.root;
  const json::Object collected = host::collect_facts(host);
  const std::string text = json::pretty(collected);
  if (options.out.empty()) {
    session.print(text);
    return;
  }
  write_file_atomically(options.out, text);
  session.log->info(fmt::format("wrote {}: {} packages; use it as target: {{base: {}}}", options.out,
                                format_count(collected.at("packages").if_array()->size()),
                                std::filesystem::path(options.out).filename().string()));
}

}  // namespace bundle::commands
