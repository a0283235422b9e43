#pragma once

#include <vector>

namespace CLI {
class App;
}

namespace bundle::commands {
struct Session;
}

namespace bundle::cli {

using commands::Session;

/// Adds one verb: a subcommand with its options and a callback that calls a function of src/commands.
using AddVerb = void (*)(CLI::App&, Session&);

// Connected.
void add_init_verb(CLI::App&, Session&);
void add_lock_verb(CLI::App&, Session&);
void add_build_verb(CLI::App&, Session&);
void add_images_verb(CLI::App&, Session&);
void add_rpms_verb(CLI::App&, Session&);

// On site as well.
void add_why_verb(CLI::App&, Session&);
void add_verify_verb(CLI::App&, Session&);
void add_inspect_verb(CLI::App&, Session&);
void add_diff_verb(CLI::App&, Session&);
void add_keygen_verb(CLI::App&, Session&);
void add_sign_verb(CLI::App&, Session&);
void add_copy_verb(CLI::App&, Session&);
void add_facts_verb(CLI::App&, Session&);
void add_install_verb(CLI::App&, Session&);
void add_preflight_verb(CLI::App&, Session&);
void add_status_verb(CLI::App&, Session&);
void add_undo_verb(CLI::App&, Session&);

/// The verbs that bundle-onsite has as well, in the order of the help.
std::vector<AddVerb> onsite_verbs();

}  // namespace bundle::cli
