#include "store/places.hpp"

#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "net/status.hpp"
#include "net/url.hpp"

namespace bundle::store {
namespace {

bool is_success(const net::HttpResponse& response) { return response.status >= 200 && response.status < 300; }

/// The answer, or why there is none.
std::optional<Error> try_place(const std::string& url, net::HttpResponse& response,
                               const std::function<net::HttpResponse(const std::string&)>& ask) {
  try {
    response = ask(url);
  } catch (Error& error) {
    if (error.kind() != ErrorKind::network) {
      throw;
    }
    return std::move(error);
  }
  if (is_success(response)) {
    return std::nullopt;
  }
  return net::status_error(response, url, url.substr(url.rfind('/') + 1));
}

}  // namespace

net::HttpResponse ask_in_order(const std::vector<std::string>& places,
                               const std::function<net::HttpResponse(const std::string& url)>& ask) {
  std::optional<Error> trouble;
  std::vector<std::string> asked;
  for (const std::string& url : places) {
    net::HttpResponse response;
    std::optional<Error> error = try_place(url, response, ask);
    if (!error) {
      return response;
    }
    asked.push_back(net::redact_url(url));
    if (!trouble && error->kind() == ErrorKind::network) {
      trouble = std::move(error);
    }
  }
  if (!trouble) {
    fail(ErrorKind::unresolvable, "not found at {}", join(asked, ", "));
  }
  if (asked.size() > 1) {
    trouble->add_context("asking " + join(asked, ", "));
  }
  throw *std::move(trouble);
}

}  // namespace bundle::store
