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
std::optional<Error> try_place(const std::string& place, net::HttpResponse& response, const Ask& ask,
                               const Explain& explain) {
  try {
    response = ask(place);
  } catch (Error& error) {
    if (error.kind() != ErrorKind::network) {
      throw;
    }
    return std::move(error);
  }
  return is_success(response) ? std::nullopt : std::optional(explain(response, place));
}

}  // namespace

net::HttpResponse ask_in_order(const std::vector<std::string>& places, const Ask& ask,
                               const Explain& explain) {
  std::optional<Error> trouble;
  std::vector<std::string> asked;
  for (const std::string& place : places) {
    net::HttpResponse response;
    std::optional<Error> error = try_place(place, response, ask, explain);
    if (!error) {
      return response;
    }
    asked.push_back(net::redact_url(place));
    if (!trouble && error->kind() != ErrorKind::unresolvable) {
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

net::HttpResponse ask_in_order(const std::vector<std::string>& places, const Ask& ask) {
  return ask_in_order(places, ask, [](const net::HttpResponse& response, const std::string& place) {
    return net::status_error(response, place, net::redact_url(place.substr(place.rfind('/') + 1)));
  });
}

}  // namespace bundle::store
