#include "base/error.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "support/thrown.hpp"

using namespace bundle;

TEST_CASE("an error is rendered as position, message, contexts from the inside out, and hint") {
  Error error(ErrorKind::spec, Position{.file = "versions.yml", .line = 14, .column = 3}, "unknown key 'x'",
              "did you mean 'y'?");
  error.add_context("reading the components").add_context("locking");
  CHECK(render(error) ==
        "versions.yml:14:3: unknown key 'x'\n  while reading the components\n  while locking\n"
        "hint: did you mean 'y'?");
  CHECK(render(Error(ErrorKind::bug, "plain")) == "plain");
}

TEST_CASE("a position shows what is known of it") {
  CHECK(to_string(Position{}).empty());
  CHECK(to_string(Position{.file = "a"}) == "a");
  CHECK(to_string(Position{.file = "a", .line = 2}) == "a:2");
  CHECK(to_string(Position{.file = "a", .line = 0, .column = 7}) == "a");
}

TEST_CASE("control characters in an error cannot steer the terminal") {
  CHECK(render(Error(ErrorKind::integrity, "path '\x1b[2J\r\x7f'")) == "path '\\x1b[2J\\x0d\\x7f'");
  CHECK(render(Error(ErrorKind::integrity, "ümlaut\n\tline")) == "ümlaut\n\tline");
}

TEST_CASE("system errors get the exit code that fits them") {
  const auto kind_of = [](int number) {
    return test::thrown_by([&] { fail_errno("write", "/x", number); }).kind();
  };
  CHECK(kind_of(ENOSPC) == ErrorKind::no_space);
  CHECK(kind_of(EDQUOT) == ErrorKind::no_space);
  CHECK(kind_of(EIO) == ErrorKind::integrity);
  CHECK(kind_of(EACCES) == ErrorKind::usage);
  CHECK(test::thrown_by([] { fail_errno("open", "/x", ENOENT); }).message() ==
        "cannot open /x: No such file or directory");
}

TEST_CASE("with_context passes results on and adds to errors") {
  CHECK(with_context("counting", [] { return 3; }) == 3);
  const Error error = test::thrown_by([] {
    with_context("outer", [] { with_context("inner", [] { fail(ErrorKind::step, "no {}", "luck"); }); });
  });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(render(error) == "no luck\n  while inner\n  while outer");
}
