#include <fmt/core.h>

#include "base/text.hpp"
#include "cli/completion.hpp"

namespace bundle::cli {
namespace {

constexpr std::string_view kHead = R"(# bash completion for bundle; `bundle completion bash` made it

# Sets `proposal` to what the option $1 of $verb takes; 1 when it takes nothing.
_bundle_value() {
  case "$verb $1" in
)";

constexpr std::string_view kAfterValues = R"(    *) return 1 ;;
  esac
}

# Sets `proposal` to what may stand at $current, which is no value of an option.
_bundle_word() {
  case "$current $verb" in
)";

constexpr std::string_view kAfterWords = R"(  esac
}

# Fills COMPREPLY with what of the proposal begins like $current.
_bundle_propose() {
  local kind=$1 before=
  shift
  case $kind in
    words) mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current") ;;
    list)  # words with commas between them
      case $current in *,*) before=${current%,*}, ;; esac
      mapfile -t COMPREPLY < <(compgen -P "$before" -W "$*" -- "${current##*,}")
      ;;
    file)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      ;;
    folder)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      ;;
  esac
}

_bundle() {
  COMPREPLY=()
  local current=${COMP_WORDS[COMP_CWORD]} verb= option= word proposal= i operands=0
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [ -n "$option" ]; then
      [ "$word" = = ] || option=  # bash cuts --key=x into three words
    elif [[ $word == -* ]]; then
      if _bundle_value "$word"; then option=$word; fi
    elif [ -z "$verb" ]; then
      verb=$word
    else
      operands=$((operands + 1))
    fi
  done
  [ "$current" != = ] || current=
  proposal=
  if [ -n "$option" ]; then
    _bundle_value "$option"
  else
    _bundle_word
  fi
  # shellcheck disable=SC2086  # its words
  _bundle_propose $proposal
}
complete -F _bundle bundle
)";

std::string proposal(const Value& value) {
  switch (value.proposal()) {
    case Proposal::file:
      return "file";
    case Proposal::folder:
      return "folder";
    case Proposal::words:
      return fmt::format("{} {}", value.name.find(',') == std::string::npos ? "words" : "list",
                         join(value.words(), " "));
    case Proposal::nothing:
      break;
  }
  return "nothing";
}

/// The patterns `'lock -o' | 'lock --output'` and what is proposed, for each option with a value. One whose
/// value may lack is like a flag: what follows may be anything.
std::string values(const std::string& verb, const std::vector<Option>& options) {
  std::string out;
  for (const Option& option : options) {
    if (option.is_flag() || option.value.may_lack) {
      continue;
    }
    std::vector<std::string> patterns;
    for (const std::string& name : option.names) {
      patterns.push_back(verb.empty() ? fmt::format("*' {}'", name) : fmt::format("'{} {}'", verb, name));
    }
    out += fmt::format("    {}) proposal='{}' ;;\n", join(patterns, " | "), proposal(option.value));
  }
  return out;
}

std::string names(const std::vector<Option>& options) {
  std::vector<std::string> all;
  for (const Option& option : options) {
    all.insert(all.end(), option.names.begin(), option.names.end());
  }
  return join(all, " ");
}

std::string operands(const Verb& verb) {
  std::string out;
  for (std::size_t i = 0; i < verb.operands.size(); ++i) {
    const Value& value = verb.operands[i].value;
    out += fmt::format("        {}) proposal='{}' ;;\n", value.may_repeat ? "*" : std::to_string(i),
                       proposal(value));
  }
  return out.empty() ? out : fmt::format("      case $operands in\n{}      esac\n", out);
}

}  // namespace

std::string bash_completion(const Program& program) {
  std::string out(kHead);
  std::vector<std::string> verbs;
  for (const Verb& verb : program.verbs) {
    out += values(verb.name, verb.options);
    verbs.push_back(verb.name);
  }
  out += values("", program.options);
  out += kAfterValues;
  for (const Verb& verb : program.verbs) {
    out += fmt::format("    -*' {}') proposal='words {}' ;;\n", verb.name, names(program.options_of(verb)));
  }
  out += fmt::format("    -*' ') proposal='words {}' ;;\n", names(program.options));
  out += fmt::format("    *' ') proposal='words {}' ;;\n", join(verbs, " "));
  for (const Verb& verb : program.verbs) {
    if (const std::string cases = operands(verb); !cases.empty()) {
      out += fmt::format("    *' {}')\n{}      ;;\n", verb.name, cases);
    }
  }
  out += kAfterWords;
  return out;
}

}  // namespace bundle::cli
