// The command line as CLI11 has it, as data.
#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/app.hpp"
#include "cli/description.hpp"
#include "commands/session.hpp"

namespace bundle::cli {
namespace {

/// More than this many values is as many as one likes.
constexpr int kMany = 1000;

Value value_of(const CLI::Option& option) {
  const bool is_flag = option.get_items_expected_max() == 0;
  const std::string type = option.get_type_name();  // with what its validators say behind a colon
  return {.name = is_flag ? "" : type.substr(0, type.find(':')),
          .may_lack = option.get_positional() ? !option.get_required() : option.get_expected_min() == 0,
          .may_repeat = option.get_items_expected_max() > kMany};
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) {
    names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    names.push_back("--" + name);
  }
  return names;
}

std::vector<Option> options_of(const CLI::App& app) {
  std::vector<Option> options;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) {
      options.push_back({.names = names_of(*option),
                         .value = value_of(*option),
                         .is_required = option->get_required(),
                         .text = option->get_description(),
                         .fallback = option->get_default_str()});
    }
  }
  return options;
}

Side side_of(const CLI::App& verb) {
  for (const Side side : kSides) {
    if (verb.get_group() == heading(side)) {
      return side;
    }
  }
  return Side::either;
}

Verb verb_of(const CLI::App& app) {
  Verb verb{.name = app.get_name(),
            .side = side_of(app),
            .summary = app.get_description(),
            .options = options_of(app)};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      verb.operands.push_back({.value = value_of(*option), .text = option->get_description()});
    }
  }
  const std::string examples = app.get_footer();  // what follows looks into it
  for (const std::string_view line : split(examples, '\n')) {
    if (!line.empty()) {
      verb.examples.emplace_back(line);
    }
  }
  return verb;
}

}  // namespace

CLI::App* add_verb(CLI::App& app, Side side, const std::string& name, const std::string& summary,
                   const std::vector<std::string>& examples) {
  return app.add_subcommand(name, summary)->group(std::string(heading(side)))->footer(join(examples, "\n"));
}

Program describe(const CLI::App& app) {
  const CLI::App& root = app.get_parent() == nullptr ? app : *app.get_parent();
  Program program{
      .summary = root.get_description(), .version = std::string(tool_version()), .options = options_of(root)};
  for (const CLI::App* verb : root.get_subcommands([](const CLI::App*) { return true; })) {
    program.verbs.push_back(verb_of(*verb));
  }
  return program;
}

}  // namespace bundle::cli
