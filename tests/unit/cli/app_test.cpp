#include "cli/app.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>

#include "base/version.hpp"
#include "command_line.hpp"
#include "support/in_child.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using test::Ended;
using test::holds;

namespace {

Ended run_line(const std::vector<std::string>& arguments) {
  return test::run_line(cli::onsite_verbs(), arguments);
}

/// A wrong command line ends with 2, says so on stderr in these words, and prints nothing.
void check_wrong(const std::vector<std::string>& arguments, const std::string& message,
                 const std::string& hint) {
  const Ended ended = run_line(arguments);
  CHECK(ended.code == 2);
  CHECK(ended.err == message + "\nhint: " + hint + "\n");
  CHECK(ended.out.empty());
}

}  // namespace

TEST_CASE("where nobody hears the words, the exit code still comes") {
  // A terminal that is gone: every write fails.
  CHECK(test::in_child([] {
          ::close(STDERR_FILENO);
          std::string program = "bundle";
          std::string verb = "nonsense";
          std::array<char*, 3> argv{program.data(), verb.data(), nullptr};
          return cli::run(2, argv.data(), cli::onsite_verbs());
        }) == 2);
}

TEST_CASE("a wrong command line ends with 2, and what is meant is named where it is near") {
  SUBCASE("no command") { check_wrong({}, "no command is given", "see bundle --help"); }
  SUBCASE("a command with a slip") {
    check_wrong({"verfy", "DIR"}, "unknown command 'verfy'", "did you mean 'verify'?");
  }
  SUBCASE("a command like no other") {
    check_wrong({"zzzzzz"}, "unknown command 'zzzzzz'", "see bundle --help");
  }
  SUBCASE("an option with a slip") {
    check_wrong({"verify", "--kye=a", "DIR"}, "unknown option '--kye'", "did you mean '--key'?");
  }
  SUBCASE("a global option with a slip, after the command") {
    check_wrong({"status", "--no-colr"}, "unknown option '--no-colr'", "did you mean '--no-color'?");
  }
  SUBCASE("an option like no other") {
    check_wrong({"status", "--bogus"}, "unknown option '--bogus'", "see bundle status --help");
  }
  SUBCASE("an unknown option comes before what is missing") {
    check_wrong({"verify", "--bogus"}, "unknown option '--bogus'", "see bundle verify --help");
  }
  SUBCASE("a missing positional") { check_wrong({"diff", "A"}, "B is required", "see bundle diff --help"); }
  SUBCASE("one positional too many") {
    check_wrong({"diff", "A", "B", "C"}, "unexpected argument 'C'", "see bundle diff --help");
  }
  SUBCASE("an option without its value") {
    check_wrong({"copy", "A", "B", "--parts"}, "--parts: 1 required RANGE missing", "see bundle copy --help");
  }
  SUBCASE("options that exclude each other") {
    check_wrong({"status", "-q", "-v"}, "--verbose excludes --quiet", "see bundle status --help");
  }
}

TEST_CASE("an unknown format of -o is refused with the name of the option") {
  const Ended ended = run_line({"status", "-o", "xml"});
  CHECK(ended.code == 2);
  CHECK(holds(ended.err, "--output: Check xml"));
}

TEST_CASE("an error of a verb is its kind's exit code, and its words are on stderr") {
  const Ended ended = run_line({"inspect", "/nowhere"});
  CHECK(ended.code == static_cast<int>(ErrorKind::usage));
  CHECK(holds(ended.err, "/nowhere"));
  CHECK(ended.out.empty());
}

TEST_CASE("what is asked for goes to stdout and ends with 0") {
  SUBCASE("--version") {
    const Ended ended = run_line({"--version"});
    CHECK(ended.code == 0);
    CHECK(ended.out == "bundle " + std::string(tool_version()) + "\n");
    CHECK(ended.err.empty());
  }
  SUBCASE("--help names each verb once, in the order of the list") {
    const Ended ended = run_line({"--help"});
    CHECK(ended.code == 0);
    std::size_t end = 0;
    for (const char* verb :
         {"why", "verify", "inspect", "diff", "keygen", "sign", "copy", "install", "preflight", "join-info",
          "status", "smoke", "renew-certificates", "etcd", "undo", "forget", "facts"}) {
      const std::size_t begin = ended.out.find("\n  " + std::string(verb) + " ", end);
      CHECK_MESSAGE(begin != std::string::npos, verb);
      end = begin + 1;
    }
  }
}
