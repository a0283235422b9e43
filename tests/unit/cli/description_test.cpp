#include "cli/description.hpp"

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>
#include <set>

#include "base/text.hpp"
#include "command_line.hpp"
#include "commands/session.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using test::holds;

namespace {

const cli::Program& program() {
  static const cli::Program kProgram = cli::describe(cli::all_verbs());
  return kProgram;
}

/// What CLI11 has against a command line; nothing is run.
std::string fault_of(const std::string& line) {
  CLI::App app;
  commands::Session session;
  for (const cli::AddVerb add : cli::all_verbs()) {
    add(app, session);
  }
  struct Understood {};
  app.parse_complete_callback([] { throw Understood(); });  // comes before the verb's own
  const std::string command = line.substr(0, line.find('>'));
  std::vector<std::string> words;
  for (const std::string_view word : split_words(command)) {
    words.emplace(words.begin(), word);  // CLI11 takes them from the end
  }
  words.pop_back();
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return error.what();
  } catch (const Understood&) {
    return {};
  }
  return "it is not parsed";
}

bool starts_upper(const std::string& text) { return !text.empty() && text[0] >= 'A' && text[0] <= 'Z'; }

/// One voice: a text begins with a capital and does not end with a full stop.
void check_voice(const std::string& text) {
  CAPTURE(text);
  const bool is_name = text.starts_with("SHA-256") || text.starts_with("PLATFORM_ID");
  CHECK((starts_upper(text) || is_name));
  CHECK_FALSE(text.ends_with('.'));
}

}  // namespace

TEST_CASE("each verb has an example, and CLI11 understands each") {
  for (const cli::Verb& verb : program().verbs) {
    CAPTURE(verb.name);
    CHECK_FALSE(verb.examples.empty());
    for (const std::string& example : verb.examples) {
      CAPTURE(example);
      CHECK(example.starts_with("bundle " + verb.name));
      CHECK(fault_of(example) == "");
    }
  }
  CHECK(holds(fault_of("bundle lock versions.yml --bogus"), "--bogus"));
}

TEST_CASE("a shell knows what to propose for each value") {
  const auto check_value = [](const cli::Value& value) { CHECK_MESSAGE(value.is_known(), value.name); };
  for (const cli::Verb& verb : program().verbs) {
    CAPTURE(verb.name);
    for (const cli::Operand& operand : verb.operands) {
      check_value(operand.value);
    }
    for (const cli::Option& option : verb.options) {
      if (!option.is_flag()) {
        check_value(option.value);
      }
    }
  }
}

TEST_CASE("the help speaks with one voice") {
  check_voice(program().summary);
  for (const cli::Option& option : program().options) {
    check_voice(option.whole_text());
  }
  for (const cli::Verb& verb : program().verbs) {
    check_voice(verb.summary);
    for (const cli::Operand& operand : verb.operands) {
      check_voice(operand.text);
    }
    for (const cli::Option& option : verb.options) {
      check_voice(option.whole_text());
    }
  }
}

TEST_CASE("the help has the verbs by side, each once") {
  const test::Ended all = test::run_line(cli::all_verbs(), {"--help"});
  CHECK(all.code == 0);
  const std::size_t connected = all.out.find("\nConnected side, with internet:\n");
  const std::size_t either = all.out.find("\nEither side:\n");
  const std::size_t isolated = all.out.find("\nIsolated side, on the host:\n");
  REQUIRE(connected < either);
  REQUIRE(either < isolated);
  REQUIRE(isolated != std::string::npos);
  const auto place = [&](const std::string& verb) {
    const std::size_t at = all.out.find("\n  " + verb + " ");
    CHECK_MESSAGE(all.out.find("\n  " + verb + " ", at + 1) == std::string::npos, verb);
    return at;
  };
  for (const char* verb : {"init", "lock", "build", "images", "rpms"}) {
    CHECK_MESSAGE((place(verb) > connected && place(verb) < either), verb);
  }
  for (const char* verb : {"why", "verify", "inspect", "diff", "keygen", "sign", "copy", "completion"}) {
    CHECK_MESSAGE((place(verb) > either && place(verb) < isolated), verb);
  }
  for (const char* verb : {"install", "preflight", "status", "smoke", "undo", "forget", "facts"}) {
    CHECK_MESSAGE(place(verb) > isolated, verb);
  }
  const test::Ended onsite = test::run_line(cli::onsite_verbs(), {"--help"});
  CHECK_FALSE(holds(onsite.out, "Connected side"));
}

TEST_CASE("the help of a verb has usage, values, defaults and an example") {
  const test::Ended ended = test::run_line(cli::all_verbs(), {"rpms", "--help"});
  CHECK(holds(ended.out, "Usage: bundle rpms [OPTION]... --repo ID=PLACE PACKAGE...\n"));
  CHECK(holds(ended.out, "\n  --arch x86_64|aarch64     Architecture of the target (default: x86_64)\n"));
  CHECK(holds(ended.out, "may be repeated"));
  CHECK(holds(ended.out, "\nExample:\n  bundle rpms "));
  CHECK(holds(test::run_line(cli::all_verbs(), {"lock", "--help"}).out, "\n  --update [COMPONENT] "));
  CHECK(holds(test::run_line(cli::all_verbs(), {"undo", "--help"}).out, "[OPTION]... [STEP]\n"));
}

TEST_CASE("the exit codes are those of the errors") {
  std::set<int> codes;
  for (const cli::ExitCode& row : cli::exit_codes()) {
    CHECK(codes.insert(row.code).second);
    CHECK_FALSE(row.meaning.empty());
  }
  for (const ErrorKind kind :
       {ErrorKind::bug, ErrorKind::usage, ErrorKind::spec, ErrorKind::network, ErrorKind::integrity,
        ErrorKind::no_space, ErrorKind::preflight, ErrorKind::step, ErrorKind::unresolvable,
        ErrorKind::reboot, ErrorKind::no_gpu, ErrorKind::interrupted}) {
    CHECK(codes.contains(static_cast<int>(kind)));
  }
}

TEST_CASE("completion takes one of three shells") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const test::Ended ended = test::run_line(cli::onsite_verbs(), {"completion", shell});
    CHECK(ended.code == 0);
    CHECK(holds(ended.out, "preflight"));
    CHECK_FALSE(holds(ended.out, "rpms"));  // bundle-onsite has it not
  }
  CHECK(test::run_line(cli::onsite_verbs(), {"completion"}).code == 2);
  CHECK(test::run_line(cli::onsite_verbs(), {"completion", "tcsh"}).code == 2);
}
