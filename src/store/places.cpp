#include "store/places.hpp"

#include <algorithm>
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
  std::vector<std::string> asked;
  std::vector<Error> errors;  // of each
  for (const std::string& place : places) {
    net::HttpResponse response;
    std::optional<Error> error = try_place(place, response, ask, explain);
    if (!error) {
      return response;
    }
    asked.push_back(net::redact_url(place));
    errors.push_back(*std::move(error));
  }
  const auto trouble = std::find_if(errors.begin(), errors.end(), [](const Error& error) {
    return error.kind() != ErrorKind::unresolvable;
  });
  if (trouble == errors.end()) {
    fail(ErrorKind::unresolvable, "not found at {}", join(asked, ", "));
  }
  // A mirror that lacks something is as much the cause as an upstream that cannot be reached.
  Error shown = *trouble;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    if (errors.begin() + static_cast<std::ptrdiff_t>(i) != trouble) {
      shown.add_context(fmt::format("asking {}, which answered: {}", asked[i], errors[i].message()));
    }
  }
  throw shown;
}

net::HttpResponse ask_in_order(const std::vector<std::string>& places, const Ask& ask) {
  return ask_in_order(places, ask, [](const net::HttpResponse& response, const std::string& place) {
    return net::status_error(response, place, net::redact_url(place.substr(place.rfind('/') + 1)));
  });
}

}  // namespace bundle::store
