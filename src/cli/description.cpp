#include "cli/description.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.hpp"

namespace bundle::cli {
namespace {

struct KnownValue {
  std::string_view name;
  Proposal proposal = Proposal::nothing;
  std::string_view words;  ///< with | between
};

/// The vocabulary of values; a name with | in it is its own words.
constexpr std::array kValues = {
    KnownValue{"A", Proposal::folder},
    KnownValue{"ADDRESS"},
    KnownValue{"B", Proposal::folder},
    KnownValue{"CIDR"},
    KnownValue{"COMPONENT"},
    KnownValue{"DEST", Proposal::folder},
    KnownValue{"DIR", Proposal::folder},
    KnownValue{"DIR-or-FILE", Proposal::file},
    KnownValue{"DIR-or-lock", Proposal::file},
    KnownValue{"FILE", Proposal::file},
    KnownValue{"ID=PLACE"},
    KnownValue{"KEY", Proposal::file},
    KnownValue{"LIST", Proposal::file},
    KnownValue{"N"},
    KnownValue{"NAME"},
    KnownValue{"NODE"},
    KnownValue{"OS"},
    KnownValue{"PACKAGE"},
    KnownValue{"PLATFORM"},
    KnownValue{"PUB", Proposal::file},
    KnownValue{"RANGE"},
    KnownValue{"ROLE[,ROLE]", Proposal::words, "master|worker|gpu"},
    KnownValue{"SECONDS"},
    KnownValue{"SHA256"},
    KnownValue{"SIG", Proposal::file},
    KnownValue{"SIZE"},
    KnownValue{"STEP"},
    KnownValue{"TIME"},
    KnownValue{"VERSION"},
    KnownValue{"site.yml", Proposal::file},
    KnownValue{"versions.yml", Proposal::file},
};

const KnownValue* find_value(std::string_view name) {
  const auto it = std::find_if(kValues.begin(), kValues.end(),
                               [&](const KnownValue& value) { return value.name == name; });
  return it == kValues.end() ? nullptr : &*it;
}

bool is_choice(std::string_view name) {
  return name.find('|') != std::string_view::npos && find_value(name) == nullptr;
}

}  // namespace

std::string_view heading(Side side) {
  switch (side) {
    case Side::connected:
      return "Connected side, with internet";
    case Side::either:
      return "Either side";
    case Side::isolated:
      break;
  }
  return "Isolated side, on the host";
}

bool Value::is_known() const { return is_choice(name) || find_value(name) != nullptr; }

Proposal Value::proposal() const {
  if (is_choice(name)) {
    return Proposal::words;
  }
  const KnownValue* known = find_value(name);
  return known == nullptr ? Proposal::nothing : known->proposal;
}

std::vector<std::string> Value::words() const {
  const KnownValue* known = find_value(name);
  const std::string_view all = known == nullptr ? std::string_view(name) : known->words;
  const std::vector<std::string_view> parts = split(all, '|');
  return {parts.begin(), parts.end()};
}

std::string Option::whole_text() const {
  std::string whole = text;
  if (value.may_repeat) {
    whole += "; may be repeated";
  }
  return fallback.empty() ? whole : fmt::format("{} (default: {})", whole, fallback);
}

std::string spelled_value(const Option& option) {
  return option.value.may_lack && !option.is_flag() ? "[" + option.value.name + "]" : option.value.name;
}

std::string spelled(const Option& option) {
  const std::string names = join(option.names, ", ");
  return option.is_flag() ? names : names + " " + spelled_value(option);
}

std::string spelled(const Operand& operand) {
  const std::string name = operand.value.name + (operand.value.may_repeat ? "..." : "");
  return operand.value.may_lack ? "[" + name + "]" : name;
}

std::string Verb::usage() const {
  std::string line = fmt::format("bundle {} [OPTION]...", name);
  for (const Option& option : options) {
    if (option.is_required) {
      line += fmt::format(" {} {}", option.names.back(), option.value.name);
    }
  }
  for (const Operand& operand : operands) {
    line += " " + spelled(operand);
  }
  return line;
}

std::vector<const Verb*> Program::of(Side side) const {
  std::vector<const Verb*> found;
  for (const Verb& verb : verbs) {
    if (verb.side == side) {
      found.push_back(&verb);
    }
  }
  return found;
}

const Verb* Program::find(std::string_view verb) const {
  const auto it = std::find_if(verbs.begin(), verbs.end(), [&](const Verb& v) { return v.name == verb; });
  return it == verbs.end() ? nullptr : &*it;
}

std::vector<Option> Program::options_of(const Verb& verb) const {
  std::vector<Option> all = verb.options;
  std::copy_if(options.begin(), options.end(), std::back_inserter(all), [&](const Option& option) {
    return std::none_of(verb.options.begin(), verb.options.end(),
                        [&](const Option& own) { return own.names == option.names; });
  });
  return all;
}

const std::vector<ExitCode>& exit_codes() {
  static const std::vector<ExitCode> kCodes = {
      {0, "done"},
      {1, "a bug of this tool"},
      {2, "command line, or a path that it names"},
      {3, "versions.yml, site.yml, the catalogue, the lock"},
      {4, "an upstream does not deliver: DNS, TLS, 401, 403, 429, 5xx, a stall, gone by digest"},
      {5, "signature or digest; also what came but is malformed or over a cap"},
      {6, "no space"},
      {7, "preflight found what stands in the way"},
      {8, "a step, or a program that we ran, failed"},
      {9, "a closure that does not exist, an undecided image, 404 of a name"},
      {10, "reboot, then run the same command again"},
      {11, "role gpu on a host without a GPU"},
      {130, "interrupted"},
  };
  return kCodes;
}

}  // namespace bundle::cli
