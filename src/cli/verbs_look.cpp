#include <memory>

#include "cli/app.hpp"
#include "commands/diff.hpp"
#include "commands/inspect.hpp"
#include "commands/why.hpp"

namespace bundle::cli {

void add_inspect_verb(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("inspect", "Show what is inside, from the index alone");
  const auto folder = std::make_shared<std::string>();
  verb->add_option("DIR", *folder, "Folder of a bundle")->required();
  add_output_option(*verb, session);
  verb->callback([&session, folder] { commands::inspect(session, *folder); });
}

void add_diff_verb(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("diff", "Show what changed between two bundles, from the indexes alone");
  const auto before = std::make_shared<std::string>();
  const auto after = std::make_shared<std::string>();
  verb->add_option("A", *before, "Folder of the older bundle")->required();
  verb->add_option("B", *after, "Folder of the newer bundle")->required();
  add_output_option(*verb, session);
  verb->callback([&session, before, after] { commands::diff(session, *before, *after); });
}

void add_why_verb(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("why", "Show the chain from versions.yml to an image, RPM, chart or file");
  const auto source = std::make_shared<std::string>();
  const auto name = std::make_shared<std::string>();
  verb->add_option("DIR-or-lock", *source, "Folder of a bundle, or versions.lock.json")->required();
  verb->add_option("NAME", *name, "Whole name, or the usual short one")->required();
  add_output_option(*verb, session);
  verb->callback([&session, source, name] { commands::why(session, *source, *name); });
}

}  // namespace bundle::cli
