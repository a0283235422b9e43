#pragma once
// The command line as a whole, and the options that verbs share. How to add a verb: verbs.hpp.

#include <string>
#include <vector>

#include "cli/description.hpp"
#include "cli/verbs.hpp"

namespace CLI {
class Option;
}

namespace bundle::commands {
struct TrustOptions;
}

namespace bundle::cli {

/// Parses the command line, runs its verb, and turns every error into words on stderr and an exit code
/// (the value of ErrorKind; 2 for a command line that is wrong).
int run(int argc, char** argv, const std::vector<AddVerb>& verbs);

/// Adds a verb: its summary and examples (whole command lines) stand in the help, the man page and the
/// completions, with its options. Each option and operand names its value with `type_name`, by a word of the
/// vocabulary in description.cpp.
CLI::App* add_verb(CLI::App& app, Side side, const std::string& name, const std::string& summary,
                   const std::vector<std::string>& examples);

/// Adds `-o table|json`, for verbs whose -o is not an output file.
void add_output_option(CLI::App& verb, Session& session);

/// Adds `--key FILE` (repeatable) and `--expect SHA256`.
void add_trust_options(CLI::App& verb, commands::TrustOptions& options);

/// A repeatable option that takes one value each: CLI11's vector options would swallow the positionals.
CLI::Option* add_list_option(CLI::App& verb, const std::string& name, std::vector<std::string>& values,
                             const std::string& value, const std::string& description);

}  // namespace bundle::cli
