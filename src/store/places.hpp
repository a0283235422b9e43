#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/http.hpp"

namespace bundle::store {

/// Asks one place after the other (`ask` sends the request to a URL) until one answers 2xx, which is
/// returned. A failing network or any other status leads to the next place. When all fail:
/// Error(unresolvable) listing them if each said 404 or 410, else the Error(network) of the first that failed
/// otherwise. Other errors pass through.
net::HttpResponse ask_in_order(const std::vector<std::string>& places,
                               const std::function<net::HttpResponse(const std::string& url)>& ask);

}  // namespace bundle::store
