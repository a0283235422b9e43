#include "cli/help.hpp"

#include <fmt/core.h>

#include "base/text.hpp"

namespace bundle::cli {
namespace {

constexpr std::size_t kColumn = 28;  ///< where texts begin
constexpr std::size_t kWidth = 100;

/// `  --name VALUE   text`, wrapped; a long name has a line of its own.
std::string row(const std::string& name, const std::string& text) {
  std::string out = "  " + name;
  std::size_t at = out.size();
  if (at + 2 > kColumn) {
    out += "\n";
    at = 0;
  }
  out.append(kColumn - at, ' ');
  at = kColumn;
  for (const std::string_view word : split_words(text)) {
    if (at > kColumn && at + 1 + word.size() > kWidth) {
      out += "\n" + std::string(kColumn, ' ');
      at = kColumn;
    }
    const std::string_view space = at > kColumn ? " " : "";
    out += fmt::format("{}{}", space, word);
    at += space.size() + word.size();
  }
  return out + "\n";
}

std::string rows(const std::vector<Option>& options) {
  std::string out;
  for (const Option& option : options) {
    out += row(spelled(option), option.whole_text());
  }
  return out;
}

}  // namespace

std::string help(const Program& program) {
  std::string out = program.summary + ".\n\nUsage: bundle COMMAND [OPTION]...\n";
  for (const Side side : kSides) {
    const std::vector<const Verb*> verbs = program.of(side);
    if (!verbs.empty()) {
      out += fmt::format("\n{}:\n", heading(side));
    }
    for (const Verb* verb : verbs) {
      out += row(verb->name, verb->summary);
    }
  }
  out += "\nOptions of every command:\n" + rows(program.options);
  return out +
         "\nMore of one: `bundle COMMAND --help`, with an example; `man bundle-COMMAND` where it is "
         "installed.\n";
}

std::string help(const Program& program, const Verb& verb) {
  std::string out = fmt::format("{}.\n\nUsage: {}\n\n", verb.summary, verb.usage());
  for (const Operand& operand : verb.operands) {
    out += row(operand.value.name, operand.text);
  }
  out += (verb.operands.empty() ? "Options:\n" : "\nOptions:\n") + rows(verb.options);
  std::vector<std::string> global;
  for (const Option& option : program.options) {
    const bool is_own = option.names.back() == "--help" || option.names.back() == "--version";
    if (!is_own) {
      global.push_back(option.names.front());
    }
  }
  out += fmt::format("and those of every command: {}\n\nExample:\n", join(global, ", "));
  for (const std::string& example : verb.examples) {
    out += fmt::format("  {}\n", example);
  }
  return out;
}

}  // namespace bundle::cli
