#include "net/retry.hpp"

#include <doctest/doctest.h>

using namespace bundle::net;
using namespace std::chrono_literals;

TEST_CASE("the waiting time doubles, is spread, and is capped") {
  const RetryPolicy policy{.first_wait = 100ms, .max_backoff = 1000ms};
  CHECK(backoff(policy, 1, 0.0) == 50ms);
  CHECK(backoff(policy, 1, 0.99) <= 100ms);
  CHECK(backoff(policy, 3, 0.0) == 200ms);
  CHECK(backoff(policy, 60, 0.0) == 500ms);
}

TEST_CASE("Retry-After is seconds or a date") {
  CHECK(parse_retry_after("120", 0) == 120s);
  CHECK(parse_retry_after(" 0 ", 0) == 0s);
  CHECK(parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT", 1445412470) == 10s);
  CHECK(parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT", 1745412480) == 0s);
  CHECK_FALSE(parse_retry_after("", 0));
  CHECK_FALSE(parse_retry_after("soon", 0));
  CHECK_FALSE(parse_retry_after("-5", 0));
}

TEST_CASE("only answers that may pass are asked for again") {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    CHECK(may_pass(status));
  }
  for (const int status : {200, 206, 301, 400, 401, 403, 404, 416, 501}) {
    CHECK_FALSE(may_pass(status));
  }
}
