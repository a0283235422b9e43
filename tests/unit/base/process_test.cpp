#include "base/process.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "support/thrown.hpp"

using namespace bundle;

namespace {

Command shell(std::string script) { return {.argv = {"sh", "-c", std::move(script)}}; }

CommandResult run(const Command& command) {
  PosixRunner runner;
  return runner.run(command);
}

}  // namespace

TEST_CASE("both streams and the exit code come back") {
  const CommandResult result = run(shell("echo out; echo err >&2; exit 3"));
  CHECK(result.status == 3);
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
  CHECK(run(shell("kill -TERM $$")).status == 128 + SIGTERM);
}

TEST_CASE("a long line of what a program said is cut, and no character of it in two") {
  const std::string start = "x" + std::string(496, 'y');
  CHECK(describe_failure({.argv = {"x"}}, {.status = 1, .err = start + "€€"}) ==
        "x ended with exit code 1\n  | " + start + "€");
  CHECK(describe_failure({.argv = {"x"}}, {.status = 1, .err = start + "yy€"}) ==
        "x ended with exit code 1\n  | " + start + "yy");
}

TEST_CASE("large streams in all three directions do not block each other") {
  Command command = shell("cat; head -c 3000000 /dev/zero >&2");
  command.input = std::string(5'000'000, 'x');
  const CommandResult result = run(command);
  CHECK(result.status == 0);
  CHECK(result.out == command.input);
  CHECK(result.err.size() == 3'000'000);
}

TEST_CASE("a display that nobody reads is thrown away, however long, and what it complains of is not") {
  Command command = shell("head -c 3000000 /dev/zero; echo no >&2; exit 3");
  command.output_limit_bytes = 1 << 20;
  command.keeps_output = false;
  const CommandResult result = run(command);
  CHECK(result.status == 3);
  CHECK(result.out.empty());
  CHECK(result.err == "no\n");
}

TEST_CASE("a program that does not read its input does not end us") {
  Command command{.argv = {"true"}, .input = std::string(5'000'000, 'x')};
  parallel_for(20, 4, [&](std::size_t) { CHECK(run(command).status == 0); });
  sigset_t pending;
  ::sigpending(&pending);
  CHECK(sigismember(&pending, SIGPIPE) == 0);
}

TEST_CASE("a program that ends before its input says why") {
  Command command = shell("head -c 1000 >/dev/null; echo no space left >&2; exit 4");
  command.input = std::string(5'000'000, 'p');
  const CommandResult result = run(command);
  CHECK(result.status == 4);
  CHECK(result.err == "no space left\n");
}

TEST_CASE("an input that is left out is empty, not ours") { CHECK(run({.argv = {"cat"}}).out.empty()); }

TEST_CASE("the environment is C, ours and what was added") {
  ::setenv("BUNDLE_TEST_OURS", "ours", 1);
  Command command = shell("echo $LC_ALL $BUNDLE_TEST_OURS $ADDED");
  command.env = {{"ADDED", "added"}};
  CHECK(run(command).out == "C ours added\n");
  command.clean_env = true;
  CHECK(run(command).out == "C added\n");
  command.env = {{"BUNDLE_TEST_OURS", "replaced"}};
  command.clean_env = false;
  CHECK(run(command).out == "C replaced\n");
  ::unsetenv("BUNDLE_TEST_OURS");
}

TEST_CASE("it runs in the folder that was asked for") {
  const TempDir dir;
  Command command{.argv = {"pwd", "-P"}, .cwd = dir.path()};
  CHECK(trim(run(command).out) == std::filesystem::canonical(dir.path()).string());
}

TEST_CASE("a missing program is named") {
  const Error error = test::thrown_by([] { run({.argv = {"no-such-program-here"}}); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.message() == "cannot run no-such-program-here: No such file or directory");
}

TEST_CASE("too late ends the program and all that it started") {
  const TempDir dir;
  const std::string pid_file = (dir.path() / "pid").string();
  Command command = shell("sleep 1000 & echo $! >" + pid_file + "; wait");
  command.timeout = std::chrono::seconds(1);
  const Error error = test::thrown_by([&] { run(command); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(test::holds(error.message(), "was ended: it took longer than 1 s"));
  const auto child = static_cast<pid_t>(parse_unsigned(trim(read_file(pid_file, 100))).value());
  // Its parent is gone, so whether it is a zombie or gone depends on who reaps; it must not run for long.
  const std::string stat_file = "/proc/" + std::to_string(child) + "/stat";
  const auto ends = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string state = "R";
  while (state != "Z" && state != "X" && std::chrono::steady_clock::now() < ends) {
    try {
      const std::string stat = read_file(stat_file, 4096);
      state = stat.substr(stat.rfind(')') + 2, 1);
    } catch (const Error&) {
      state = "X";
    }
  }
  CHECK((state == "Z" || state == "X"));
}

TEST_CASE("a program that closes its streams and stays is ended, too") {
  Command command = shell("exec >&- 2>&- <&-; sleep 1000");
  command.timeout = std::chrono::seconds(1);
  CHECK(test::holds(test::thrown_by([&] { run(command); }).message(), "it took longer than 1 s"));
}

TEST_CASE("too much output ends the program") {
  for (const char* script : {"cat /dev/zero", "cat /dev/zero >&2"}) {
    Command command = shell(script);
    command.output_limit_bytes = 1 << 20;
    CHECK(test::holds(test::thrown_by([&] { run(command); }).message(), "it printed more than 1.0 MiB"));
  }
}

TEST_CASE("a checked run shows the command, the code and the last lines") {
  PosixRunner runner;
  CHECK(run_checked(runner, shell("echo fine")).out == "fine\n");
  const Error error = test::thrown_by(
      [&] { run_checked(runner, shell("for i in $(seq 30); do echo line $i >&2; done; exit 7")); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(test::holds(error.message(), "ended with exit code 7\n  | line 19\n"));
  CHECK(test::holds(error.message(), "\n  | line 30"));
  CHECK_FALSE(test::holds(error.message(), "line 18"));
  CHECK(test::holds(test::thrown_by([&] { run_checked(runner, shell("echo said; exit 1")); }).message(),
                    "| said"));
}

TEST_CASE("a command is shown as a person would type it") {
  CHECK(to_string(Command{.argv = {"a", "b c", "", "it's", "x=1"}}) == "a 'b c' '' 'it'\\''s' x=1");
}

TEST_CASE("a program is looked up in the PATH that it gets, and never in the folder that it runs in") {
  const TempDir dir;
  write_file_atomically(dir.path() / "greet", "#!/bin/sh\necho hello\n", 0755);
  CHECK(run({.argv = {"greet"}, .env = {{"PATH", dir.path().string()}}}).out == "hello\n");
  for (const bool is_clean : {false, true}) {
    const Command elsewhere{
        .argv = {"greet"}, .env = {{"PATH", "/usr/bin:/bin"}}, .clean_env = is_clean, .cwd = dir.path()};
    CHECK(test::thrown_by([&] { run(elsewhere); }).kind() == ErrorKind::usage);
  }
}

TEST_CASE("programs are found in PATH, folders with their name are not") {
  const TempDir dir;
  make_folders(dir.path() / "first/tool");
  make_folders(dir.path() / "second");
  write_file_atomically(dir.path() / "second/tool", "#!/bin/sh\n", 0755);
  write_file_atomically(dir.path() / "second/plain", "", 0644);
  const std::string before = ::getenv("PATH");
  ::setenv("PATH", (dir.path().string() + "/first:relative:" + dir.path().string() + "/second").c_str(), 1);
  CHECK(find_program("tool") == dir.path() / "second/tool");
  CHECK_FALSE(find_program("plain"));
  CHECK_FALSE(find_program("absent"));
  ::setenv("PATH", before.c_str(), 1);
}
