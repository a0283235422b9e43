#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "net/http.hpp"

namespace bundle::store {

using Ask = std::function<net::HttpResponse(const std::string& place)>;
/// The error for an answer that is not 2xx: unresolvable when the thing is not there, else network.
using Explain = std::function<Error(const net::HttpResponse& response, const std::string& place)>;

/// Asks one place (a URL) after the other until one answers 2xx, which is returned. A failing network or any
/// other status leads to the next place. When all fail: Error(unresolvable) listing them if none has it, else
/// the first error that was of another kind. Errors of other kinds than network that `ask` throws pass
/// through.
net::HttpResponse ask_in_order(const std::vector<std::string>& places, const Ask& ask,
                               const Explain& explain);

/// The same; explained by net::status_error with the URL's last part as the name.
net::HttpResponse ask_in_order(const std::vector<std::string>& places, const Ask& ask);

}  // namespace bundle::store
