#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "net/http.hpp"
#include "oci/challenge.hpp"
#include "oci/credentials.hpp"

namespace bundle::oci {

/// A repository at one registry.
struct Endpoint {
  std::string base;        ///< `https://host[:port]`, no final slash
  std::string repository;  ///< as in its URLs, with a mirror's prefix
  std::string host;        ///< whose login is used: `docker.io` for Docker Hub, else host[:port] of `base`
};

/// For `base_url` = `https://host[/prefix]`.
Endpoint make_endpoint(const std::string& base_url, const std::string& repository);

/// Whether the registry itself answered, and not a host that it redirected to.
bool is_own_answer(const Endpoint& endpoint, const net::HttpResponse& response);

/// Requests to registries, logged in where they ask for it: Bearer tokens (kept per repository, fetched again
/// when they run out, also in the middle of a blob) and Basic. Safe from several threads. Source:
/// distribution's docs/spec/auth/token.md and oauth.md.
class Session {
 public:
  Session(net::HttpClient& http, Credentials credentials)
      : http_(http), credentials_(std::move(credentials)) {}

  /// As HttpClient::send; a 401 is returned only when nothing opens, or when it comes from a host that the
  /// registry redirected to: its challenge could lead the login anywhere. Throws Error(network) when a token
  /// server refuses, Error(integrity) for its malformed answer or an unencrypted realm of an encrypted
  /// registry.
  net::HttpResponse send(const Endpoint& endpoint, net::HttpRequest request, const net::BodySink* sink);
  const Credentials& credentials() const { return credentials_; }

 private:
  struct Token {
    std::string header;
    std::int64_t expires_at = 0;  ///< seconds of a steady clock
  };
  std::optional<std::string> cached(const Endpoint& endpoint);
  std::optional<std::string> authorize(const Endpoint& endpoint, const std::string& www_authenticate,
                                       net::Patience patience);
  std::string hint_for_refusal(const Endpoint& endpoint, bool is_logged_in) const;
  Token fetch_token(const Endpoint& endpoint, const Challenge& challenge, net::Patience patience);

  net::HttpClient& http_;
  Credentials credentials_;
  std::mutex mutex_;
  std::map<std::string, Token> tokens_;  ///< by base and repository
};

}  // namespace bundle::oci
