#pragma once
// The command line as data. Help, man pages and completions are made from it and from nothing else.

#include <string>
#include <string_view>
#include <vector>

#include "cli/verbs.hpp"

namespace bundle::cli {

/// Where a verb is used: the machine with internet, wherever a bundle is, or the host that gets it.
enum class Side { connected, either, isolated };

/// Heading of a side's verbs in the help.
std::string_view heading(Side side);

/// What a shell can propose for a value.
enum class Proposal { nothing, file, folder, words };

/// What an option or operand takes, by the name that the help shows: `FILE`, `table|json`.
struct Value {
  std::string name;  ///< empty: a flag
  bool may_lack = false;
  bool may_repeat = false;

  /// Whether the name is one of the vocabulary of description.cpp: whoever adds another decides what is
  /// proposed for it.
  bool is_known() const;
  Proposal proposal() const;
  std::vector<std::string> words() const;  ///< of Proposal::words
};

struct Option {
  std::vector<std::string> names;  ///< `-o`, `--output`
  Value value;
  bool is_required = false;
  std::string text;
  std::string fallback;  ///< value when it is not given; may be empty

  bool is_flag() const { return value.name.empty(); }
  /// The text as a sentence that has everything: `Largest part (default: 4 GiB)`.
  std::string whole_text() const;
};

struct Operand {
  Value value;
  std::string text;
};

struct Verb {
  std::string name;
  Side side = Side::either;
  std::string summary;
  std::vector<Operand> operands;
  std::vector<Option> options;
  std::vector<std::string> examples;  ///< whole command lines

  /// `bundle lock [OPTION]... versions.yml`.
  std::string usage() const;
};

struct Program {
  std::string summary;
  std::string version;
  std::vector<Option> options;  ///< of every verb
  std::vector<Verb> verbs;

  /// Those of one side, in order.
  std::vector<const Verb*> of(Side side) const;
  const Verb* find(std::string_view verb) const;
  /// What may stand behind a verb: its own options, then those of every verb, each once.
  std::vector<Option> options_of(const Verb& verb) const;
};

inline constexpr Side kSides[] = {Side::connected, Side::either, Side::isolated};

/// `-o, --output FILE`; `--update [COMPONENT]`.
std::string spelled(const Option& option);
/// `FILE`, `[COMPONENT]`; empty for a flag.
std::string spelled_value(const Option& option);
/// `DIR...`, `[STEP]`.
std::string spelled(const Operand& operand);

/// The command line that these verbs make.
Program describe(const std::vector<AddVerb>& verbs);
/// Of an app that is made already, the program itself or one of its verbs.
Program describe(const CLI::App& app);

/// An exit code and its meaning, as docs/guide.md has them.
struct ExitCode {
  int code;
  std::string_view meaning;
};
const std::vector<ExitCode>& exit_codes();

}  // namespace bundle::cli
