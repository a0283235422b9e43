#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.hpp"

namespace bundle::net {

struct TlsClient {
  std::string cert_file;
  std::string key_file;
  std::string ca_file;
};

/// Whether what may pass is waited for, or one attempt is enough.
enum class Patience { usual, once };

struct HttpRequest {
  std::string url;
  std::string method = "GET";  ///< GET, HEAD or POST (with `body`)
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::uint64_t range_from = 0;  ///< asks for the bytes from here on (RFC 9110 Range)
  std::uint64_t head_bytes = 0;  ///< when not 0: no more than the first so many bytes of the whole content
  std::uint64_t limit_bytes =
      4ull << 20;  ///< of the whole content, also with `range_from`; more is Error(integrity)
  std::optional<TlsClient> tls_client;
  Patience patience = Patience::usual;
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;                            ///< unless a sink took it
  std::string final_url;                       ///< after redirects
  std::string header(const std::string& lower_case_name) const {
    const auto it = headers.find(lower_case_name);
    return it == headers.end() ? std::string() : it->second;
  }
};

/// Takes the bytes of a 2xx body as they come; `offset` is where they lie in the whole content. It goes on
/// from `range_from` without gaps, but falls back to 0 when the server ignores, refuses or mistakes a
/// range or its content has changed: then everything is sent again. Never called for an empty body. Throwing
/// ends the transfer.
using BodySink = std::function<void(Bytes bytes, std::uint64_t offset)>;

/// HTTP for all upstreams. Injected; safe from several threads.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// One request with redirects and retries. Answers of any status are returned, except that those which may
  /// pass (408, 429, 5xx) are retried first (Retry-After honoured), as `patience` says. Throws Error(network)
  /// for DNS, TLS, stalls and connections that keep breaking; Error(integrity) past `limit_bytes`. A body
  /// that breaks off is resumed by Range when the sink form is used.
  virtual HttpResponse send(const HttpRequest& request, const BodySink* sink) = 0;
  HttpResponse send(const HttpRequest& request) { return send(request, nullptr); }
};

}  // namespace bundle::net
