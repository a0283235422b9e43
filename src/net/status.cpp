#include "net/status.hpp"

#include <array>
#include <ctime>

#include "net/retry.hpp"
#include "net/url.hpp"

namespace bundle::net {
namespace {

/// ` (redirected to https://host/…)` when another host than the one asked gave the answer.
std::string detour(const HttpResponse& response, const std::string& url) {
  const auto asked = parse_url(url);
  const auto answered = parse_url(response.final_url);
  const bool is_elsewhere = asked && answered && asked->origin() != answered->origin();
  return is_elsewhere ? fmt::format(" (redirected to {})", redact_url(response.final_url)) : "";
}

}  // namespace

std::string hint_for_status(int status) {
  switch (status) {
    case 401:
    case 403:
      return "credentials for plain downloads come from ~/.netrc, for registries from 'podman login' or "
             "'docker login'";
    case 407:
      return "the proxy wants credentials: https_proxy=http://user:password@proxy:port";
    case 408:
    case 429:
      return "the server limits its clients: wait, log in, or name a mirror with --mirrors";
    default:
      return status >= 500 ? "the server is in trouble: try again later, or name a mirror with --mirrors"
                           : "";
  }
}

std::string status_text(int status) {
  struct Row {
    int status;
    const char* words;
  };
  constexpr std::array kRows = {Row{200, "OK"},
                                Row{206, "Partial Content"},
                                Row{304, "Not Modified"},
                                Row{400, "Bad Request"},
                                Row{401, "Unauthorized"},
                                Row{403, "Forbidden"},
                                Row{404, "Not Found"},
                                Row{405, "Method Not Allowed"},
                                Row{407, "Proxy Authentication Required"},
                                Row{408, "Request Timeout"},
                                Row{410, "Gone"},
                                Row{416, "Range Not Satisfiable"},
                                Row{429, "Too Many Requests"},
                                Row{500, "Internal Server Error"},
                                Row{501, "Not Implemented"},
                                Row{502, "Bad Gateway"},
                                Row{503, "Service Unavailable"},
                                Row{504, "Gateway Timeout"}};
  for (const Row& row : kRows) {
    if (row.status == status) {
      return fmt::format("{} {}", status, row.words);
    }
  }
  return std::to_string(status);
}

Error status_error(const HttpResponse& response, const std::string& url, const std::string& what) {
  const bool is_missing = response.status == 404 || response.status == 410;
  std::string message = fmt::format("cannot fetch {}: {}{} answered {}", what, redact_url(url),
                                    detour(response, url), status_text(response.status));
  if (const auto wait = parse_retry_after(response.header("retry-after"), std::time(nullptr))) {
    message += fmt::format(" and asks to wait {} s", wait->count());
  }
  return Error(is_missing ? ErrorKind::unresolvable : ErrorKind::network, message,
               hint_for_status(response.status));
}

}  // namespace bundle::net
