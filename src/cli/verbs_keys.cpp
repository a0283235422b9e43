#include <memory>

#include "cli/app.hpp"
#include "commands/keygen.hpp"

namespace bundle::cli {

void add_keygen_verb(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("keygen", "Make a key pair for signing: NAME.key and NAME.pub");
  const auto options = std::make_shared<commands::KeygenOptions>();
  verb->add_option("NAME", options->name, "Path of the pair, without its ending")->required();
  verb->add_flag("--no-passphrase", options->without_passphrase, "Do not ask for a passphrase");
  verb->callback([&session, options] { commands::keygen(session, *options); });
}

}  // namespace bundle::cli
