#pragma once
// A verb is a file verbs_NAME.cpp with `void add_NAME_verb(CLI::App&, Session&)`, declared in verbs.hpp:
//   1. add the file to src/cli/CMakeLists.txt (cli_onsite: bundle-onsite has it too; cli: `bundle` only);
//   2. add the function to the list in main.cpp (connected verbs) or main_onsite.cpp's onsite_verbs().

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/verbs.hpp"
#include "commands/session.hpp"
#include "commands/trust_options.hpp"

namespace bundle::cli {

/// Parses the command line, runs its verb, and turns every error into words on stderr and an exit code
/// (the value of ErrorKind; 2 for a command line that is wrong).
int run(int argc, char** argv, const std::vector<AddVerb>& verbs);

/// Adds `-o table|json`, for verbs whose -o is not an output file.
void add_output_option(CLI::App& verb, Session& session);

/// Adds `--key FILE` (repeatable) and `--expect SHA256`.
void add_trust_options(CLI::App& verb, commands::TrustOptions& options);

/// A repeatable option that takes one value each: CLI11's vector options would swallow the positionals.
CLI::Option* add_list_option(CLI::App& verb, const std::string& name, std::vector<std::string>& values,
                             const std::string& description);

}  // namespace bundle::cli
