#pragma once
// A verb is a function in verbs_onsite.cpp (bundle-onsite has it too) or verbs_connected.cpp (`bundle` only),
// and a place in the list at the end of that file, which is the order of the help. `add_verb` (app.hpp) gives
// it its side and its examples. All verbs of one side share one file because compiling CLI11 takes seconds,
// whatever the file itself holds.

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

/// The verbs of the connected side, in the order of the help.
std::vector<AddVerb> connected_verbs();

/// The verbs that bundle-onsite has as well, in the order of the help.
std::vector<AddVerb> onsite_verbs();

/// Both: what `bundle` has, in the order of the help.
std::vector<AddVerb> all_verbs();

}  // namespace bundle::cli
