#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "cli/verbs.hpp"
#include "command_line.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using test::Ended;
using test::holds;

namespace {

Ended run_line(const std::vector<std::string>& arguments) {
  return test::run_line(cli::connected_verbs(), arguments);
}

/// Ends with 2 and says so in these words.
void check_wrong(const std::vector<std::string>& arguments, const std::string& words) {
  const Ended ended = run_line(arguments);
  CHECK(ended.code == 2);
  CHECK_MESSAGE(holds(ended.err, words), ended.err);
}

}  // namespace

TEST_CASE("a repeatable option takes one value each and leaves the positionals") {
  // CLI11's own vector options leave what a required positional needs, and swallow all before that.
  check_wrong({"images", "--values", "values.yaml", "/nowhere/a.tgz", "/nowhere/b.tgz"}, "/nowhere/a.tgz");
  check_wrong({"build", "versions.yml", "--reuse", "a", "b"}, "unexpected argument 'b'");
}

TEST_CASE("--update of lock takes a component or nothing") {
  check_wrong({"lock", "/nowhere/versions.yml", "--update"}, "cannot open /nowhere/versions.yml");
  check_wrong({"lock", "/nowhere/versions.yml", "--update", "a"}, "cannot open /nowhere/versions.yml");
  check_wrong({"lock", "/nowhere/versions.yml", "--update", "a", "b"}, "unexpected argument 'b'");
}

TEST_CASE("a value outside its range is refused with the name of the option") {
  for (const char* jobs : {"0", "65", "-1", "many"}) {
    check_wrong({"images", "/nowhere", std::string("--jobs=") + jobs}, "--jobs: Value ");
  }
  check_wrong({"rpms", "bash", "--repo", "a=/nowhere", "--arch", "sparc"}, "--arch: sparc not in");
  check_wrong({"build", "/nowhere/versions.yml", "--part-size", "x"}, "'x' is not a size");
}

TEST_CASE("a credential in a URL of the command line is refused and not repeated") {
  for (const char* place : {"a=https://me:s3cret@host/x", "a=https://host/x?sig=s3cret",
                            "https://me:s3cret@host/x", "a=ftp://me:s3cret@host/x"}) {
    CAPTURE(place);
    const Ended ended = run_line({"rpms", "bash", "--repo", place});
    CHECK(ended.code == 2);
    CHECK_FALSE(holds(ended.err, "s3cret"));
  }
  check_wrong({"rpms", "bash", "--repo", "a=https://me:s3cret@host/x"}, "machine host login USER");
}

TEST_CASE("what a verb cannot do without is asked for") {
  check_wrong({"rpms", "bash"}, "--repo is required");
  check_wrong({"rpms", "--repo", "a=b"}, "PACKAGE is required");
  check_wrong({"build"}, "versions is required");
  check_wrong({"lock"}, "versions is required");
  check_wrong({"images"}, "FILE is required");
}

TEST_CASE("-o of init is a file and not a format") {
  const TempDir dir;
  const std::string file = (dir.path() / "xml").string();
  const Ended ended = run_line({"--data-dir", BUNDLE_SOURCE_DIR, "init", "-o", file});
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(std::filesystem::is_regular_file(file));
}

TEST_CASE("each verb has a help, and its own name in it") {
  // Two options of one name in a verb throw when the verb is added, and so in every command line.
  for (const char* verb : {"init", "lock", "build", "images", "rpms"}) {
    CAPTURE(verb);
    const Ended ended = run_line({verb, "--help"});
    CHECK(ended.code == 0);
    CHECK(holds(ended.out, "bundle " + std::string(verb) + " "));
  }
}
