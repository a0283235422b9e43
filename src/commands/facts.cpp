#include "commands/facts.hpp"

#include <ctime>

#include "base/fs.hpp"
#include "base/text.hpp"
#include "host/facts_json.hpp"
#include "host/host.hpp"

namespace bundle::commands {

void facts(Session& session, const FactsOptions& options) {
  const host::Host host{.root = options.root,
                        .runner = *session.runner,
                        .log = *session.log,
                        .progress = *session.progress,
                        .now = [] { return static_cast<std::int64_t>(std::time(nullptr)); }};
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
