#include "oci/places.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "net/status.hpp"
#include "net/url.hpp"
#include "store/places.hpp"

namespace bundle::oci {
namespace {

/// `CODE: message` of the first of `{"errors": [{"code": …, "message": …}]}`; empty for anything else.
std::string words_in(const std::string& body) {
  try {
    const json::Value root = json::parse(body, "error");
    const json::Array& errors = json::rows_at(root, "errors");
    if (errors.empty()) {
      return {};
    }
    json::Reader reader(errors.front(), "error");
    const std::string code = reader.string_or("code", "");
    return escaped(code + ": " + reader.string_or("message", ""), 200);
  } catch (const Error&) {  // an error page of a proxy: its status has to do
    return {};
  }
}

/// `6 h`, `1 min`, `90 s`: the largest unit that says it exactly.
std::string duration_in_words(std::uint64_t seconds) {
  if (seconds == 0 || seconds % 60 != 0) {
    return fmt::format("{} s", seconds);
  }
  return seconds % 3600 == 0 ? fmt::format("{} h", seconds / 3600) : fmt::format("{} min", seconds / 60);
}

/// ` (100 in 6 h)` of Docker Hub's `ratelimit-limit: 100;w=21600`; empty for anything else.
/// Source: https://docs.docker.com/docker-hub/usage/pulls/
std::string limit_in_words(const std::string& header) {
  const std::vector<std::string_view> parts = split(header, ';');
  const auto count = parse_unsigned(trim(parts[0]));
  const bool has_window = parts.size() == 2 && trim(parts[1]).starts_with("w=");
  const auto seconds = has_window ? parse_unsigned(trim(parts[1]).substr(2)) : std::nullopt;
  return count && seconds ? fmt::format(" ({} in {})", *count, duration_in_words(*seconds)) : "";
}

/// What to do about a refusal of the registry itself.
std::string hint_for(const net::HttpResponse& response, const Endpoint& endpoint,
                     const Credentials& credentials) {
  const int status = response.status;
  if (status != 401 && status != 403 && status != 429) {
    return {};
  }
  const bool is_logged_in = credentials.find(endpoint.host, endpoint.repository).has_value();
  if (status != 429) {
    const std::string trouble = credentials.trouble(endpoint.host);
    return is_logged_in
               ? fmt::format("the stored login for {} may not read {}: check it with {}", endpoint.host,
                             endpoint.repository, words_for_login(endpoint.host))
               : fmt::format("the repository is private or does not exist: try {}{}",
                             words_for_login(endpoint.host), trouble.empty() ? "" : " (" + trouble + ")");
  }
  const std::string who = endpoint.host == "docker.io"
                              ? "Docker Hub limits how much one address or account pulls in some hours"
                              : endpoint.host + " limits its clients";
  return who + limit_in_words(response.header("ratelimit-limit")) +
         (is_logged_in ? ": wait, " : ": wait, log in with " + words_for_login(endpoint.host) + ", ") +
         "or name a mirror with --mirrors";
}

/// The host that a registry redirected to has logins of its own, and firewalls know it by another name.
std::string hint_for_detour(const std::string& host) {
  return fmt::format(
      "the registry keeps this at {}: a proxy or firewall on the way has to allow that host, too", host);
}

}  // namespace

Error registry_error(const net::HttpResponse& response, const std::string& url, const Endpoint& endpoint,
                     const Credentials& credentials) {
  const Error plain = net::status_error(response, url, endpoint.repository);
  const std::string words = words_in(response.body);
  const bool is_refused = response.status == 401 || response.status == 403;
  const std::string hint = is_refused && !is_own_answer(endpoint, response)
                               ? hint_for_detour(net::parse_url(response.final_url).value_or(net::Url{}).host)
                               : hint_for(response, endpoint, credentials);
  return Error(plain.kind(), plain.message() + (words.empty() ? "" : " (" + words + ")"),
               hint.empty() ? plain.hint() : hint);
}

ItemAnswer ask_places(Session& session, const spec::Mirrors& mirrors, const Item& item,
                      const net::HttpRequest& request, const net::BodySink* sink) {
  std::map<std::string, Endpoint> endpoints;
  std::vector<std::string> urls;
  for (const std::string& base : mirrors.registries(item.repository.host)) {
    Endpoint endpoint = make_endpoint(base, item.repository.repository);
    urls.push_back(endpoint.base + "/v2/" + endpoint.repository + "/" + item.path);
    endpoints.emplace(urls.back(), std::move(endpoint));
  }
  std::uint64_t position = request.range_from;
  const net::BodySink counting = [&](Bytes bytes, std::uint64_t offset) {
    (*sink)(bytes, offset);
    position = offset + bytes.size();
  };
  std::string answered;
  const auto ask = [&](const std::string& url) {
    answered = url;
    net::HttpRequest here = request;
    here.url = url;
    here.range_from = position;
    return session.send(endpoints.at(url), std::move(here), sink == nullptr ? nullptr : &counting);
  };
  net::HttpResponse response =
      store::ask_in_order(urls, ask, [&](const net::HttpResponse& refused, const std::string& url) {
        return registry_error(refused, url, endpoints.at(url), session.credentials());
      });
  return {std::move(response), std::move(answered)};
}

}  // namespace bundle::oci
