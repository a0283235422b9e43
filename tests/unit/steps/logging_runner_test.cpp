#include "steps/logging_runner.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "support/bare_host.hpp"
#include "support/thrown.hpp"

namespace bundle::steps {
namespace {

constexpr const char* kLog = "/var/lib/bundle/log/x.log";

/// A host whose `say` says something on both streams.
struct Talking : test::BareHost {
  Talking() { runner.on({"say"}, {.status = 3, .out = "out\n", .err = "err\n"}); }
};

}  // namespace

TEST_CASE("a step that only looks leaves no log, and what it saw is in the log of one that writes") {
  Talking fake;
  LoggingRunner runner(fake.host, "x");
  CHECK(runner.run({.argv = {"say", "a b"}}).status == 3);
  CHECK_FALSE(fake.host.exists("/var/lib/bundle"));
  runner.start_writing();
  CHECK(fake.get(kLog) == "$ say 'a b'\nout\nerr\n-> 3\n");
  runner.run({.argv = {"say"}});
  CHECK(fake.get(kLog) == "$ say 'a b'\nout\nerr\n-> 3\n$ say\nout\nerr\n-> 3\n");
  runner.start_writing();
  CHECK(fake.get(kLog) == "$ say 'a b'\nout\nerr\n-> 3\n$ say\nout\nerr\n-> 3\n");
}

TEST_CASE("the answer is passed on as it is") {
  Talking fake;
  LoggingRunner runner(fake.host, "x");
  const CommandResult result = runner.run({.argv = {"say"}});
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
}

TEST_CASE("the log of a second try comes behind that of the first, and nobody else may read it") {
  Talking fake;
  for (int i = 0; i < 2; ++i) {
    LoggingRunner runner(fake.host, "x");
    runner.start_writing();
    runner.run({.argv = {"say"}});
  }
  CHECK(fake.get(kLog) == "$ say\nout\nerr\n-> 3\n$ say\nout\nerr\n-> 3\n");
  struct stat status{};
  REQUIRE(::stat(fake.host.at(kLog).c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("a command that could not be run, or timed out, is in the log without an end") {
  Talking fake;
  fake.runner.on({"slow"}, [](const Command&) -> CommandResult { throw Error(ErrorKind::step, "too slow"); });
  LoggingRunner runner(fake.host, "x");
  runner.start_writing();
  CHECK(test::thrown_by([&] { runner.run({.argv = {"slow"}}); }).message() == "too slow");
  CHECK(test::thrown_by([&] { runner.run({.argv = {"absent"}}); }).kind() == ErrorKind::usage);
  CHECK(fake.get(kLog) == "$ slow\n$ absent\n");
}

TEST_CASE("what a program reads is not logged, its command is") {
  Talking fake;
  std::string got;
  fake.runner.on({"take"}, [&](const Command& command) {
    got = command.input;
    return CommandResult{.out = "taken\n"};
  });
  LoggingRunner runner(fake.host, "x");
  runner.start_writing();
  runner.run({.argv = {"take"}, .input = "secret"});
  CHECK(got == "secret");
  CHECK(fake.get(kLog) == "$ take\ntaken\n-> 0\n");
}

TEST_CASE("a log that cannot be written stops nothing, and one that is a link is not followed") {
  Talking fake;
  fake.put("/var/lib/bundle/log", "a file in the folder's place");
  LoggingRunner runner(fake.host, "x");
  runner.start_writing();
  CHECK(runner.run({.argv = {"say"}}).status == 3);
  std::filesystem::remove(fake.host.at("/var/lib/bundle/log"));
  fake.put("/etc/passwd", "root\n");
  std::filesystem::create_directories(fake.host.at("/var/lib/bundle/log"));
  std::filesystem::create_symlink(fake.host.at("/etc/passwd"), fake.host.at(kLog));
  CHECK(runner.run({.argv = {"say"}}).status == 3);
  CHECK(fake.get("/etc/passwd") == "root\n");
}

}  // namespace bundle::steps
