#include "oci/places.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "net/status.hpp"
#include "net/url.hpp"
#include "store/places.hpp"

namespace bundle::oci {
namespace {

/// `CODE: message` of the first of `{"errors": [{"code": …, "message": …}]}`; empty for anything else.
std::string words_in(const std::string& body) {
  try {
    const json::Value root = json::parse(body, "error");
    const json::Value* errors = root.find("errors");
    if (errors == nullptr || errors->if_array() == nullptr || errors->if_array()->empty()) {
      return {};
    }
    json::Reader reader(errors->if_array()->front(), "error");
    const std::string code = reader.string_or("code", "");
    return net::printable(code + ": " + reader.string_or("message", ""), 200);
  } catch (const Error&) {  // an error page of a proxy: its status has to do
    return {};
  }
}

std::string hint_for(int status, const Endpoint& endpoint, const Credentials& credentials) {
  const bool is_logged_in = credentials.find(endpoint.host, endpoint.repository).has_value();
  if (status == 401 || status == 403) {
    const std::string trouble = credentials.trouble(endpoint.host);
    return is_logged_in
               ? fmt::format("the stored login for {} may not read {}: check it with 'docker login {}'",
                             endpoint.host, endpoint.repository, endpoint.host)
               : fmt::format("the repository is private or does not exist: try 'docker login {}'{}",
                             endpoint.host, trouble.empty() ? "" : " (" + trouble + ")");
  }
  if (status == 429) {
    const std::string who = endpoint.host == "docker.io"
                                ? "Docker Hub limits how much one address or account pulls "
                                  "in some hours"
                                : endpoint.host + " limits its clients";
    return who + (is_logged_in ? ": wait, " : ": wait, log in with 'docker login " + endpoint.host + "', ") +
           "or name a mirror with --mirrors";
  }
  return {};
}

}  // namespace

Error registry_error(const net::HttpResponse& response, const std::string& url, const Endpoint& endpoint,
                     const Credentials& credentials) {
  const Error plain = net::status_error(response, url, endpoint.repository);
  const std::string words = words_in(response.body);
  const std::string hint = hint_for(response.status, endpoint, credentials);
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
