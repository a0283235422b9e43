#include "base/log.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "base/fs.hpp"
#include "base/progress.hpp"

using namespace bundle;

namespace {

/// What `action` writes to stderr.
template <class Action>
std::string stderr_of(Action&& action) {
  const TempDir dir;
  const std::filesystem::path file = dir.path() / "stderr";
  const UniqueFd before(::fcntl(2, F_DUPFD_CLOEXEC, 3));
  {
    const UniqueFd sink = open_file(file, OpenMode::create_new);
    ::dup2(sink.get(), 2);  // NOLINT(android-cloexec-*): stderr is inherited
  }
  action();
  std::fflush(stderr);
  ::dup2(before.get(), 2);
  return read_file(file, 1 << 20);
}

}  // namespace

TEST_CASE("quiet keeps warnings only, verbose adds details") {
  const auto all = [](LogLevel level) {
    return stderr_of([&] {
      Log log(level, false);
      log.warn("w");
      log.info("i");
      log.detail("d");
    });
  };
  CHECK(all(LogLevel::quiet) == "warning: w\n");
  CHECK(all(LogLevel::normal) == "warning: w\ni\n");
  CHECK(all(LogLevel::verbose) == "warning: w\ni\nd\n");
}

TEST_CASE("log lines do not pass control characters on") {
  CHECK(stderr_of([] { Log(LogLevel::normal, false).info("name\x1b[31m"); }) == "name\\x1b[31m\n");
}

TEST_CASE("what advances outside of a task is not shown") {
  for (const auto style : {TextProgress::Style::lines, TextProgress::Style::terminal}) {
    TextProgress progress(style);
    CHECK(stderr_of([&] { progress.advance(5); }).empty());
    stderr_of([&] { const ProgressTask task(progress, "reading", 10); });
    CHECK(stderr_of([&] { progress.advance(5); }).empty());
  }
}

TEST_CASE("progress ends with one plain line when there is no terminal") {
  const std::string text = stderr_of([] {
    TextProgress progress(TextProgress::Style::lines);
    ProgressTask task(progress, "fetching", 2048);
    progress.advance(1024);
    progress.advance(1024);
  });
  CHECK(text.starts_with("fetching: 2.0 KiB of 2.0 KiB, "));
  CHECK(text.find(", took 0s\n") == text.size() - 10);
}

TEST_CASE("a closed stderr is no error") {
  const UniqueFd before(::fcntl(2, F_DUPFD_CLOEXEC, 3));
  ::close(2);
  {
    Log(LogLevel::normal, false).warn("nobody reads this");
    TextProgress progress(TextProgress::Style::terminal);
    const ProgressTask task(progress, "x", 1);
  }
  std::clearerr(stderr);
  ::dup2(before.get(), 2);
}
