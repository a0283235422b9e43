#include <memory>

#include "cli/app.hpp"
#include "commands/verify.hpp"

namespace bundle::cli {

void add_verify_verb(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("verify", "Check signature, installer, every part and every entry");
  const auto options = std::make_shared<commands::VerifyOptions>();
  verb->add_option("DIR", options->folders, "Folders that hold the bundle's files")->required();
  add_trust_options(*verb, options->trust);
  add_output_option(*verb, session);
  verb->callback([&session, options] { commands::verify(session, *options); });
}

}  // namespace bundle::cli
