#include "serve/target.hpp"

#include <doctest/doctest.h>

#include "support/thrown.hpp"

using namespace bundle;
using namespace bundle::serve;

TEST_CASE("a path is taken apart and unescaped") {
  const Target target = parse_target("/v2/library/busybox/tags/list?n=2&ns=docker.io&last=a%2Fb");
  CHECK(target.path() == "v2/library/busybox/tags/list");
  CHECK(target.path(1) == "library/busybox/tags/list");
  CHECK(target.parameter("n") == "2");
  CHECK(target.parameter("last") == "a/b");
  CHECK(target.parameter("absent").empty());
  CHECK(parse_target("/rpms/a%2Bb%7e1.rpm").path() == "rpms/a+b~1.rpm");
  CHECK(parse_target("/").segments == std::vector<std::string>{""});
  CHECK(parse_target("/v2/").segments == std::vector<std::string>{"v2", ""});
  CHECK(parse_target("http://host:1/v2/?").path() == "v2/");
  CHECK(parse_target("http://host").path().empty());
}

TEST_CASE("what is no plain path is refused in words") {
  const auto words_for = [](const std::string& text) {
    const Error error = test::thrown_by([&] { parse_target(text); });
    CHECK(error.kind() == ErrorKind::usage);
    return error.message();
  };
  CHECK(words_for("/a/../b") == "'.' or '..' in the path");
  CHECK(words_for("/a/%2e%2E/b") == "'.' or '..' in the path");
  CHECK(words_for("/a/./b") == "'.' or '..' in the path");
  CHECK(words_for("/a%2fb") == "an escaped slash or a backslash in the path");
  CHECK(words_for("/a%5cb") == "an escaped slash or a backslash in the path");
  CHECK(words_for("/a\\b") == "an escaped slash or a backslash in the path");
  CHECK(words_for("/a//b") == "an empty segment in the path");
  CHECK(words_for("//b") == "an empty segment in the path");
  CHECK(words_for("/a%00b") == "a byte in the path that is not printable ASCII");
  CHECK(words_for("/a%0d%0aX: y") == "a byte in the path that is not printable ASCII");
  CHECK(words_for("/caf\xc3\xa9") == "a byte in the path that is not printable ASCII");
  CHECK(words_for("/a%4") == "a '%' without two hex digits in the path");
  CHECK(words_for("/a%zz") == "a '%' without two hex digits in the path");
  CHECK(words_for("*") == "a path that does not begin with '/'");
  CHECK(words_for("") == "a path that does not begin with '/'");
  CHECK(words_for("/v2/?n=1&n=2") == "a parameter that is there twice");
  CHECK(words_for("/" + std::string(4096, 'a')) == "a path of more than 4096 bytes");
}
