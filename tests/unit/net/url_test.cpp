#include "net/url.hpp"

#include <doctest/doctest.h>

using namespace bundle::net;

TEST_CASE("an origin is scheme, host and port") {
  CHECK(parse_url("https://Example.org/x")->origin() == "https://example.org:443");
  CHECK(parse_url("http://[::1]:5000/")->origin() == "http://[::1]:5000");
  CHECK(parse_url("https://user:secret@host:8443/")->origin() == "https://host:8443");
  CHECK_FALSE(parse_url("https://host:99999/"));
  CHECK_FALSE(parse_url("no url at all"));
}

TEST_CASE("a location is resolved against the URL that gave it") {
  const Url base = *parse_url("https://host/a/b?x=1");
  CHECK(resolve_url(base, "c")->text == "https://host/a/c");
  CHECK(resolve_url(base, "/c?y")->text == "https://host/c?y");
  CHECK(resolve_url(base, "http://other:1/")->origin() == "http://other:1");
  CHECK(resolve_url(base, "file:///etc/passwd")->scheme == "file");
  CHECK_FALSE(resolve_url(base, "gopher9://x"));
}

TEST_CASE("loopback is known by name and number") {
  CHECK(is_loopback(*parse_url("http://127.0.0.1:5000/")));
  CHECK(is_loopback(*parse_url("http://localhost/")));
  CHECK(is_loopback(*parse_url("http://[::1]/")));
  CHECK_FALSE(is_loopback(*parse_url("http://127.0.0.1.example.org/")));
  CHECK_FALSE(is_loopback(*parse_url("http://128.0.0.1/")));
}

TEST_CASE("a query value is escaped") {
  CHECK(query_escape("repository:a/b:pull,push x") == "repository%3Aa%2Fb%3Apull%2Cpush%20x");
}
