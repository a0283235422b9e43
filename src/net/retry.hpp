#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bundle::net {

/// How patiently an upstream is asked again.
struct RetryPolicy {
  int max_attempts = 6;
  std::chrono::milliseconds first_wait{500};          ///< doubles with each attempt
  std::chrono::milliseconds max_backoff{20'000};      ///< without Retry-After
  std::chrono::milliseconds max_retry_after{60'000};  ///< a server that asks for more is not asked again
  /// An attempt that brought at least so many new bytes does not count: a long download may break off often.
  std::uint64_t progress_bytes = 1ull << 20;
};

/// 408, 429 and 5xx may pass, but not 501: what a server does not implement it will not implement soon.
bool may_pass(int status);

/// How long to wait before attempt `attempt` + 1 (counting from 1); `jitter` in [0, 1) spreads clients over
/// the upper half of it.
std::chrono::milliseconds backoff(const RetryPolicy& policy, int attempt, double jitter);

/// Seconds or an HTTP date; nothing when absent or malformed. `now` in seconds since the epoch; a date in the
/// past is 0. Source: RFC 9110 section 10.2.3.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::int64_t now);

}  // namespace bundle::net
