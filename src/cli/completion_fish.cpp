#include <fmt/core.h>

#include "base/text.hpp"
#include "cli/completion.hpp"

namespace bundle::cli {
namespace {

/// In single quotes fish knows two escapes.
std::string quoted(std::string_view text) {
  return "'" + replace_all(replace_all(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string proposal(const Value& value, bool is_option) {
  switch (value.proposal()) {
    case Proposal::file:
      return is_option ? " -r -F" : " -F";
    case Proposal::folder:
      return std::string(is_option ? " -x" : "") + " -a '(__fish_complete_directories)'";
    case Proposal::words:
      return fmt::format("{} -a {}", is_option ? " -x" : "", quoted(join(value.words(), " ")));
    case Proposal::nothing:
      break;
  }
  return is_option ? " -x" : "";
}

std::string line(const std::string& condition, const Option& option) {
  std::string out = "complete -c bundle" + (condition.empty() ? "" : " -n " + quoted(condition));
  for (const std::string& name : option.names) {
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!option.is_flag() && !option.value.may_lack) {
    out += proposal(option.value, true);
  }
  return fmt::format("{} -d {}\n", out, quoted(option.whole_text()));
}

}  // namespace

std::string fish_completion(const Program& program) {
  std::string out = "# fish completion for bundle; `bundle completion fish` made it\ncomplete -c bundle -f\n";
  for (const Option& option : program.options) {
    out += line("", option);
  }
  for (const Verb& verb : program.verbs) {
    out += fmt::format("complete -c bundle -n __fish_use_subcommand -a {} -d {}\n", verb.name,
                       quoted(verb.summary));
  }
  for (const Verb& verb : program.verbs) {
    const std::string condition = "__fish_seen_subcommand_from " + verb.name;
    for (const Option& option : verb.options) {
      if (option.names.back() != "--help") {
        out += line(condition, option);
      }
    }
    for (const Operand& operand : verb.operands) {
      if (const std::string proposed = proposal(operand.value, false); !proposed.empty()) {
        out += fmt::format("complete -c bundle -n {}{}\n", quoted(condition), proposed);
      }
    }
  }
  return out;
}

}  // namespace bundle::cli
