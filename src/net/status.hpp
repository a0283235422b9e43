#pragma once

#include <string>

#include "base/error.hpp"
#include "net/http.hpp"

namespace bundle::net {

/// The error for an answer that is not what was asked for: kind network (unresolvable for 404 and 410), with
/// status, URL, the waiting time that the server asks for, and a hint that fits. `what` names the thing.
Error status_error(const HttpResponse& response, const std::string& url, const std::string& what);

/// `404 Not Found`.
std::string status_text(int status);

/// What to do about it; empty when there is nothing to say.
std::string hint_for_status(int status);

}  // namespace bundle::net
