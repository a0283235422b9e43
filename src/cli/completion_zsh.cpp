#include <fmt/core.h>

#include "base/text.hpp"
#include "cli/completion.hpp"

namespace bundle::cli {
namespace {

/// Inside single quotes, and inside the `[…]` or `:…:` of _arguments.
std::string text(std::string_view plain) {
  std::string out;
  for (const char c : plain) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c == '[' || c == ']' || c == ':' || c == '\\' ? "\\" + std::string(1, c) : std::string(1, c);
    }
  }
  return out;
}

std::string action(const Value& value) {
  switch (value.proposal()) {
    case Proposal::file:
      return "_files";
    case Proposal::folder:
      return "_files -/";
    case Proposal::words:
      return value.name.find(',') == std::string::npos
                 ? fmt::format("({})", join(value.words(), " "))
                 : fmt::format("_values -s , {} {}", text(value.name.substr(0, value.name.find('['))),
                               join(value.words(), " "));
    case Proposal::nothing:
      break;
  }
  return " ";
}

/// `'(-o --output)'{-o,--output}'[text]:FILE:_files'`; one that may be repeated begins with `*`.
std::string specification(const Option& option) {
  std::string names = "'" + option.names.front();
  if (option.value.may_repeat) {
    names = "'*" + option.names.front();
  } else if (option.names.size() > 1) {
    names = fmt::format("'({})'{{{}}}'", join(option.names, " "), join(option.names, ","));
  }
  std::string value;
  if (!option.is_flag()) {
    value = fmt::format("{}{}:{}", option.value.may_lack ? "::" : ":", text(option.value.name),
                        action(option.value));
  }
  return fmt::format("{}[{}]{}'", names, text(option.whole_text()), value);
}

std::string specification(const Operand& operand, std::size_t position) {
  const std::string place = operand.value.may_repeat ? "*" : std::to_string(position);
  return fmt::format("'{}{}{}:{}'", place, operand.value.may_lack && !operand.value.may_repeat ? "::" : ":",
                     text(operand.value.name), action(operand.value));
}

std::string arguments(const Program& program, const Verb& verb) {
  std::vector<std::string> all;
  for (const Option& option : program.options_of(verb)) {
    all.push_back(specification(option));
  }
  for (std::size_t i = 0; i < verb.operands.size(); ++i) {
    all.push_back(specification(verb.operands[i], i + 1));
  }
  return fmt::format("        {})\n          _arguments -s \\\n            {}\n          ;;\n", verb.name,
                     join(all, " \\\n            "));
}

}  // namespace

std::string zsh_completion(const Program& program) {
  std::string out =
      "#compdef bundle\n# zsh completion for bundle; `bundle completion zsh` made it\n"
      "_bundle() {\n  local curcontext=$curcontext state line\n  local -a verbs=(\n";
  for (const Verb& verb : program.verbs) {
    out += fmt::format("    '{}:{}'\n", verb.name, text(verb.summary));
  }
  out += "  )\n  _arguments -C -s \\\n";
  for (const Option& option : program.options) {
    out += fmt::format("    {} \\\n", specification(option));
  }
  out +=
      "    '1:command:->verb' '*::argument:->rest' && return\n"
      "  case $state in\n    verb) _describe command verbs ;;\n    rest)\n"
      "      curcontext=\"${curcontext%:*}-$line[1]:\"\n      case $line[1] in\n";
  for (const Verb& verb : program.verbs) {
    out += arguments(program, verb);
  }
  return out +
         "      esac\n      ;;\n  esac\n}\n"
         "# A file of fpath is the function's own body; a sourced one only says who completes.\n"
         "if [ \"$funcstack[1]\" = _bundle ]; then _bundle \"$@\"; else compdef _bundle bundle; fi\n";
}

}  // namespace bundle::cli
