#include <memory>

#include "cli/app.hpp"
#include "commands/install.hpp"
#include "commands/status.hpp"

namespace bundle::cli {
namespace {

void add_install_options(CLI::App& verb, commands::InstallOptions& options) {
  verb.add_option("DIR", options.folders, "Folders that hold the bundle's files")->required();
  verb.add_option("--role", options.roles,
                  "What this host becomes: master, worker, gpu, or several with commas");
  verb.add_option("--site", options.site, "The answers of this site")->option_text("site.yml");
  add_trust_options(verb, options.trust);
  verb.add_flag("--verify-first", options.verify_first, "Read and check every byte before the first write");
  verb.add_flag("--allow-downgrade", options.allow_downgrade, "Install although a newer version is here");
  verb.add_flag("--allow-base-changes", options.allow_base_changes,
                "Let RPMs of the host be upgraded or removed; that cannot be undone");
}

}  // namespace

void add_install_verb(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("install", "Make a node of this host, from a bundle");
  const auto options = std::make_shared<commands::InstallOptions>();
  add_install_options(*verb, *options);
  verb->add_flag("--dry-run", options->dry_run, "Print every file and command, change nothing");
  verb->callback([&session, options] { commands::install(session, *options); });
}

void add_preflight_verb(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("preflight", "Find what stands in the way on this host; changes nothing");
  const auto options = std::make_shared<commands::InstallOptions>();
  add_install_options(*verb, *options);
  add_output_option(*verb, session);
  verb->callback([&session, options] { commands::preflight(session, *options); });
}

void add_status_verb(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("status", "Show what was installed on this host, step by step");
  add_output_option(*verb, session);
  verb->callback([&session] { commands::status(session); });
}

void add_undo_verb(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("undo", "Take back a step of the installation, or all of it");
  const auto options = std::make_shared<commands::UndoOptions>();
  verb->add_option("STEP", options->step, "A step that `bundle status` shows");
  verb->add_flag("--all", options->all, "All steps, the last one first");
  verb->callback([&session, options] { commands::undo(session, *options); });
}

}  // namespace bundle::cli
