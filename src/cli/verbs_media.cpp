#include <memory>

#include "cli/app.hpp"
#include "commands/copy.hpp"
#include "commands/sign.hpp"

namespace bundle::cli {

void add_sign_verb(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("sign", "Add a signature, or one that was made elsewhere");
  const auto options = std::make_shared<commands::SignOptions>();
  verb->add_option("DIR", options->folder, "Folder of a bundle")->required();
  verb->add_option("--key", options->key, "Private key; with --attach the public one")
      ->required()
      ->option_text("KEY");
  verb->add_option("--attach", options->attach, "Signature of bundle.json or of `bundle`, e.g. from an HSM")
      ->option_text("SIG");
  verb->callback([&session, options] { commands::sign(session, *options); });
}

void add_copy_verb(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("copy", "Copy to media, and read back what was written");
  const auto options = std::make_shared<commands::CopyOptions>();
  verb->add_option("DIR", options->folder, "Folder of a bundle")->required();
  verb->add_option("DEST", options->destination, "Folder that is to hold the same files")->required();
  verb->add_option("--parts", options->parts, "Only these parts, as in 0-3,5")->option_text("RANGE");
  verb->callback([&session, options] { commands::copy(session, *options); });
}

}  // namespace bundle::cli
