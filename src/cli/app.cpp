#include "cli/app.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <new>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/suggest.hpp"
#include "base/version.hpp"
#include "cli/help.hpp"
#include "commands/session.hpp"
#include "commands/trust_options.hpp"

namespace bundle::cli {
namespace {

struct GlobalFlags {
  bool verbose = false;
  bool quiet = false;
  bool no_color = false;
};

bool wants_color(const GlobalFlags& flags) {
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org: any value but the empty one
  const char* term = std::getenv("TERM");
  return !flags.no_color && (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb") && ::isatty(STDERR_FILENO) == 1;
}

void set_up(Session& session, const GlobalFlags& flags) {
  session.verbosity = flags.verbose ? LogLevel::verbose : flags.quiet ? LogLevel::quiet : LogLevel::normal;
  session.color = wants_color(flags);
  session.log = std::make_unique<Log>(session.verbosity, session.color);
  session.runner = std::make_unique<PosixRunner>(session.log.get());
  if (flags.quiet) {
    session.progress = std::make_unique<NoProgress>();
  } else {
    session.progress = std::make_unique<TextProgress>(
        ::isatty(STDERR_FILENO) == 1 ? TextProgress::Style::terminal : TextProgress::Style::lines);
  }
}

void add_global_options(CLI::App& app, Session& session, GlobalFlags& flags) {
  app.set_help_flag("-h,--help", "Show this help");
  app.set_version_flag("--version", "bundle " + std::string(tool_version()), "Show the version");
  CLI::Option* verbose = app.add_flag("-v,--verbose", flags.verbose, "Say more");
  app.add_flag("-q,--quiet", flags.quiet, "Say only what must be known")->excludes(verbose);
  app.add_flag("--no-color", flags.no_color, "Use no colors, as with NO_COLOR or without a terminal");
  app.add_option(
         "--data-dir", session.data_dir,
         "Folder of manifests/, rpm-lists/ and bundles/ (default: BUNDLE_DATA, then the installed one)")
      ->type_name("DIR");
}

/// The option part of an argument: `--key` of `--key=x`.
std::string option_name(const std::string& argument) { return argument.substr(0, argument.find('=')); }

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

std::vector<std::string> verb_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  return names;
}

/// Our words for what CLI11 could not parse: an unknown verb or option with the nearest name comes before
/// whatever else it complains of.
Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const CLI::App& verb = chosen.empty() ? app : *chosen.front();
  const std::string help = chosen.empty() ? "bundle --help" : "bundle " + verb.get_name() + " --help";
  for (const std::string& extra : app.remaining(true)) {
    if (extra.size() > 1 && extra.front() == '-') {
      std::vector<std::string> known = option_names(verb);
      const std::vector<std::string> global = option_names(app);
      known.insert(known.end(), global.begin(), global.end());
      const std::string nearest = did_you_mean(option_name(extra), known);
      return {ErrorKind::usage, fmt::format("unknown option '{}'", option_name(extra)),
              nearest.empty() ? "see " + help : nearest};
    }
    if (chosen.empty()) {
      const std::string nearest = did_you_mean(extra, verb_names(app));
      return {ErrorKind::usage, fmt::format("unknown command '{}'", extra),
              nearest.empty() ? "see " + help : nearest};
    }
    return {ErrorKind::usage, fmt::format("unexpected argument '{}'", extra), "see " + help};
  }
  return {ErrorKind::usage, chosen.empty() ? "no command is given" : error.what(), "see " + help};
}

int report(const Error& error) {
  std::fputs((render(error) + "\n").c_str(), stderr);  // fmt::print would throw where stderr is gone
  return static_cast<int>(error.kind());
}

int parse_and_run(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::Success& wish) {  // --help, --version
    return app.exit(wish);
  } catch (const CLI::ParseError& error) {
    return report(usage_error(app, error));
  }
}

void make_app(CLI::App& app, Session& session, GlobalFlags& flags, const std::vector<AddVerb>& verbs) {
  app.name("bundle");
  app.description("Carries a Kubernetes platform into places without internet");
  app.require_subcommand(1);
  app.fallthrough();  // inherited, as all before the verbs: global options may stand after the verb
  app.formatter_fn([](const CLI::App* asked, const std::string&, CLI::AppFormatMode) {
    const Program program = describe(*asked);
    const Verb* verb = asked->get_parent() == nullptr ? nullptr : program.find(asked->get_name());
    return verb == nullptr ? help(program) : help(program, *verb);
  });
  add_global_options(app, session, flags);
  for (const AddVerb add : verbs) {
    add(app, session);
  }
}

}  // namespace

void add_output_option(CLI::App& verb, Session& session) {
  static const std::map<std::string, commands::OutputFormat> kFormats = {
      {"table", commands::OutputFormat::table}, {"json", commands::OutputFormat::json}};
  verb.add_option("-o,--output", session.output, "How data is printed (default: table)")
      ->type_name("table|json")
      ->transform(CLI::CheckedTransformer(kFormats, CLI::ignore_case));
}

void add_trust_options(CLI::App& verb, commands::TrustOptions& options) {
  add_list_option(verb, "--key", options.keys, "PUB",
                  "Public key to trust, beside those in /etc/bundle/keys");
  verb.add_option("--expect", options.expect, "SHA-256 of the index, as `bundle build` printed it")
      ->type_name("SHA256");
}

CLI::Option* add_list_option(CLI::App& verb, const std::string& name, std::vector<std::string>& values,
                             const std::string& value, const std::string& description) {
  return verb.add_option(name, values, description)->type_name(value)->allow_extra_args(false);
}

Program describe(const std::vector<AddVerb>& verbs) {
  Session session;
  GlobalFlags flags;
  CLI::App app;
  make_app(app, session, flags, verbs);
  return describe(app);
}

int run(int argc, char** argv, const std::vector<AddVerb>& verbs) {
  watch_interrupts();
  try {
    Session session;
    GlobalFlags flags;
    CLI::App app;
    make_app(app, session, flags, verbs);
    app.parse_complete_callback([&] { set_up(session, flags); });
    return parse_and_run(app, argc, argv);
  } catch (const Error& error) {
    return report(error);
  } catch (const std::bad_alloc&) {
    return report({ErrorKind::bug, "out of memory"});
  } catch (const std::exception& error) {
    return report({ErrorKind::bug, error.what(), "this is a bug in bundle; please report it"});
  }
}

}  // namespace bundle::cli
