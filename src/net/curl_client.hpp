#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "net/http.hpp"
#include "net/retry.hpp"

namespace bundle::net {

struct CurlOptions {
  RetryPolicy retry;
  std::chrono::milliseconds connect_timeout{30'000};
  /// Less than `min_bytes_per_second` over this time is a stall, and retried.
  std::chrono::milliseconds stall_window{30'000};
  std::uint64_t min_bytes_per_second = 1024;
  int max_overall = 16;  ///< requests at once
  int max_per_host = 6;
  std::string ca_file;                ///< default: CURL_CA_BUNDLE, SSL_CERT_FILE, else the system's
  std::string ca_folder;              ///< default: SSL_CERT_DIR, else the system's
  std::function<bool()> interrupted;  ///< may be null; polled about once a second, also while waiting
};

/// HTTP through libcurl. Connections are kept and used again. http and https only; at most 10 redirects,
/// never from https to http; an `Authorization` or any other header but `Accept` and ranges, a client
/// certificate and credentials in a URL stay with the origin (scheme, host, port) that they were given for.
/// `.netrc` and the proxy variables work as in curl. A POST is not redirected. An origin that wore out all
/// attempts for one thing is asked once for each other until it answers again. Safe from several threads.
/// Source: RFC 9110; https://curl.se/libcurl/c/
class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(CurlOptions options = {});
  ~CurlClient() override;
  using HttpClient::send;
  HttpResponse send(const HttpRequest& request, const BodySink* sink) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bundle::net
