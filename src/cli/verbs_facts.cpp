#include <memory>

#include "cli/app.hpp"
#include "commands/facts.hpp"

namespace bundle::cli {

void add_facts_verb(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand(
      "facts", "Describe this host: packages, kernel, disks, GPUs, to carry back as target.base");
  const auto options = std::make_shared<commands::FactsOptions>();
  verb->add_option("-o,--out", options->out, "Write to this file (facts.json) instead of stdout");
  verb->callback([&session, options] { commands::facts(session, *options); });
}

}  // namespace bundle::cli
