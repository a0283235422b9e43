#include "oci/session.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "net/status.hpp"
#include "net/url.hpp"

namespace bundle::oci {
namespace {

constexpr std::uint64_t kMaxTokenAnswerBytes = 256 << 10;
constexpr std::int64_t kDefaultTokenSeconds = 60;  // token.md: for servers that do not say
constexpr std::int64_t kTokenMarginSeconds = 10;

std::int64_t steady_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string key_of(const Endpoint& endpoint) { return endpoint.base + " " + endpoint.repository; }

/// The realm is where user and password go, so an encrypted registry must not send them through the open. It
/// may be another host, as the protocol says: who could forge the challenge could as well ask for Basic.
net::Url check_realm(const Endpoint& endpoint, const std::string& realm) {
  const auto url = net::parse_url(realm);
  const bool is_allowed =
      url && (url->scheme == "https" || (url->scheme == "http" && endpoint.base.starts_with("http://")));
  if (!is_allowed) {
    fail(ErrorKind::integrity, "{} sends us to log in at {}, which is not an https URL", endpoint.base,
         net::redact_url(realm));
  }
  return *url;
}

bool is_token_text(const std::string& token) {
  return !token.empty() &&
         std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string basic_header(const Login& login) {
  return "Basic " + base64_encode(login.user + ":" + login.password);
}

std::string query_of(const Endpoint& endpoint, const Challenge& challenge) {
  std::string scope = challenge.parameter("scope");
  if (scope.empty()) {
    scope = "repository:" + endpoint.repository + ":pull";
  }
  std::string query = "scope=" + net::query_escape(scope);
  if (const std::string service = challenge.parameter("service"); !service.empty()) {
    query = "service=" + net::query_escape(service) + "&" + query;
  }
  return query;
}

/// GET with Basic for passwords and for nobody; POST for identity tokens (oauth.md).
net::HttpRequest token_request(const net::Url& realm, const std::string& query,
                               const std::optional<Login>& login) {
  if (login && !login->identity_token.empty()) {
    return {.url = realm.text,
            .method = "POST",
            .body = query + "&client_id=bundle&grant_type=refresh_token&refresh_token=" +
                    net::query_escape(login->identity_token),
            .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
            .limit_bytes = kMaxTokenAnswerBytes};
  }
  const char separator = realm.text.find('?') == std::string::npos ? '?' : '&';
  net::HttpRequest request{.url = realm.text + separator + query, .limit_bytes = kMaxTokenAnswerBytes};
  if (login) {
    request.headers.emplace_back("Authorization", basic_header(*login));
  }
  return request;
}

}  // namespace

Endpoint make_endpoint(const std::string& base_url, const std::string& repository) {
  const std::size_t host = base_url.find("://") + 3;
  const std::size_t slash = std::min(base_url.find('/', host), base_url.size());
  Endpoint endpoint{.base = base_url.substr(0, slash),
                    .repository = repository,
                    .host = base_url.substr(host, slash - host)};
  if (slash + 1 < base_url.size()) {
    endpoint.repository = base_url.substr(slash + 1) + "/" + repository;
  }
  if (endpoint.host == "registry-1.docker.io") {
    endpoint.host = "docker.io";
  }
  return endpoint;
}

bool is_own_answer(const Endpoint& endpoint, const net::HttpResponse& response) {
  const auto registry = net::parse_url(endpoint.base);
  const auto answered = net::parse_url(response.final_url);
  return registry && answered && registry->origin() == answered->origin();
}

std::optional<std::string> Session::cached(const Endpoint& endpoint) {
  const std::lock_guard lock(mutex_);
  const auto it = tokens_.find(key_of(endpoint));
  if (it == tokens_.end() || it->second.expires_at <= steady_seconds()) {
    return std::nullopt;
  }
  return it->second.header;
}

Session::Token Session::fetch_token(const Endpoint& endpoint, const Challenge& challenge,
                                    net::Patience patience) {
  const net::Url realm = check_realm(endpoint, challenge.parameter("realm"));
  const auto login = credentials_.find(endpoint.host, endpoint.repository);
  net::HttpRequest request = token_request(realm, query_of(endpoint, challenge), login);
  request.patience = patience;
  const net::HttpResponse response = http_.send(request);
  if (response.status != 200) {
    Error error =
        net::status_error(response, realm.text, "a token for " + endpoint.host + "/" + endpoint.repository);
    const bool is_refused = response.status == 401 || response.status == 403;
    throw Error(ErrorKind::network, error.message(),
                is_refused ? hint_for_refusal(endpoint, login.has_value()) : error.hint());
  }
  const std::string where = net::redact_url(realm.text);
  json::Value root = json::parse(response.body, where);
  json::Reader reader(root, where);
  std::string token = reader.string_or("token", "");
  token = token.empty() ? reader.string_or("access_token", "") : token;
  if (!is_token_text(token)) {
    reader.fail_at("token", "expected a token");
  }
  const json::Value* lifetime = reader.member_or_null("expires_in");
  const std::int64_t seconds = lifetime != nullptr && lifetime->if_integer() != nullptr
                                   ? *lifetime->if_integer()
                                   : kDefaultTokenSeconds;
  return {.header = "Bearer " + token,
          .expires_at = steady_seconds() + std::clamp<std::int64_t>(seconds, 0, 86400) - kTokenMarginSeconds};
}

std::string Session::hint_for_refusal(const Endpoint& endpoint, bool is_logged_in) const {
  if (is_logged_in) {
    return "the stored login is not taken: run " + words_for_login(endpoint.host) + " again";
  }
  const std::string trouble = credentials_.trouble(endpoint.host);
  return fmt::format("{} wants a login: try {}{}", endpoint.host, words_for_login(endpoint.host),
                     trouble.empty() ? "" : " (" + trouble + ")");
}

/// What opens the registry, or nothing when it offers no way that we could go.
std::optional<std::string> Session::authorize(const Endpoint& endpoint, const std::string& www_authenticate,
                                              net::Patience patience) {
  const std::vector<Challenge> challenges = parse_challenges(www_authenticate);
  const auto offered = [&](std::string_view scheme) {
    return std::find_if(challenges.begin(), challenges.end(),
                        [&](const Challenge& c) { return c.scheme == scheme; });
  };
  Token token;
  if (const auto bearer = offered("bearer"); bearer != challenges.end()) {
    token = fetch_token(endpoint, *bearer, patience);
  } else if (const auto login = credentials_.find(endpoint.host, endpoint.repository);
             login && offered("basic") != challenges.end()) {
    token = {.header = basic_header(*login), .expires_at = std::numeric_limits<std::int64_t>::max()};
  } else {
    return std::nullopt;
  }
  const std::lock_guard lock(mutex_);
  tokens_[key_of(endpoint)] = token;
  return token.header;
}

net::HttpResponse Session::send(const Endpoint& endpoint, net::HttpRequest request,
                                const net::BodySink* sink) {
  std::uint64_t position = request.range_from;
  const net::BodySink counting = [&](Bytes bytes, std::uint64_t offset) {
    (*sink)(bytes, offset);
    position = offset + bytes.size();
  };
  std::optional<std::string> header = cached(endpoint);
  const auto plain_headers = request.headers;
  for (bool is_fresh = false;;) {
    request.headers = plain_headers;
    if (header) {
      request.headers.emplace_back("Authorization", *header);
    }
    request.range_from = position;
    net::HttpResponse response = http_.send(request, sink == nullptr ? nullptr : &counting);
    const bool has_moved =
        position != request.range_from;  // a token may run out more than once in a long blob
    // What another host asks for is not the registry's word, and nothing that the registry's login answers.
    if (response.status != 401 || (is_fresh && !has_moved) || !is_own_answer(endpoint, response)) {
      return response;
    }
    header = authorize(endpoint, response.header("www-authenticate"), request.patience);
    if (!header) {
      return response;
    }
    is_fresh = true;
  }
}

}  // namespace bundle::oci
