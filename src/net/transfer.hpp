#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>

#include "net/body.hpp"

namespace bundle::net {

/// What is the same for all transfers of a client.
struct TransferOptions {
  std::string user_agent;
  std::string ca_file;    ///< empty: the system's
  std::string ca_folder;  ///< empty: the system's
  std::chrono::milliseconds connect_timeout{30'000};
  /// Slower than `min_bytes_per_second` for this long is a stall; time spent in the sink does not count.
  std::chrono::milliseconds stall_window{30'000};
  std::uint64_t min_bytes_per_second = 1024;
  std::function<bool()> interrupted;  ///< may be null; asked at least once a second
};

/// One request to one place: no redirects, no retries.
struct Hop {
  std::string url;
  std::string method;
  std::string body;
  Headers headers;
  std::optional<TlsClient> tls_client;
};

/// How a transfer ended: `code` CURLE_OK and a head, or what broke.
struct HopResult {
  CURLcode code = CURLE_OK;
  std::string broken;       ///< words, when it broke off
  bool is_passing = false;  ///< worth another attempt
  bool is_answered =
      false;             ///< though broken off: the server is well, and has to be asked for the rest or anew
  int proxy_status = 0;  ///< of a proxy that refused the way to an https server; else 0
  HttpResponse head;
  bool is_redirect() const;
};

/// Runs one hop on an easy handle; the body of an answer that is no redirect goes to `body`. Throws what
/// `body` throws and Error(interrupted). Source: https://curl.se/libcurl/c/libcurl-easy.html
HopResult run_hop(CURL* handle, const Hop& hop, const TransferOptions& options, Body& body);

}  // namespace bundle::net
