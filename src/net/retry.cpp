#include "net/retry.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace bundle::net {

bool may_pass(int status) {
  return status == 408 || status == 429 || (status >= 500 && status < 600 && status != 501);
}

std::chrono::milliseconds backoff(const RetryPolicy& policy, int attempt, double jitter) {
  const auto doubled = policy.first_wait * (1ll << std::clamp(attempt - 1, 0, 20));
  const auto whole = std::min<std::chrono::milliseconds>(doubled, policy.max_backoff);
  return whole / 2 + std::chrono::milliseconds(
                         static_cast<std::int64_t>(jitter * static_cast<double>(whole.count()) / 2));
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::int64_t now) {
  constexpr std::uint64_t kYear = 366ull * 24 * 3600;
  const std::string_view text = trim(value);
  if (const auto seconds = parse_unsigned(text)) {
    return std::chrono::seconds(std::min(*seconds, kYear));
  }
  const std::int64_t at = text.empty() ? -1 : curl_getdate(std::string(text).c_str(), nullptr);
  if (at < 0) {
    return std::nullopt;
  }
  return std::chrono::seconds(std::clamp<std::int64_t>(at - now, 0, kYear));
}

}  // namespace bundle::net
