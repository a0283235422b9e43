#include "net/url.hpp"

#include <curl/curl.h>
#include <fmt/core.h>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"

namespace bundle::net {
namespace {

using CurlUrl = Handle<CURLU, curl_url_cleanup>;
constexpr std::size_t kMaxUrlBytes = 16384;

std::optional<std::string> part(const CurlUrl& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) {
    return std::nullopt;
  }
  const Handle<char, curl_free> owner(text);
  return std::string(text);
}

std::optional<Url> parts(const CurlUrl& url) {
  const auto scheme = part(url, CURLUPART_SCHEME);
  const auto text = part(url, CURLUPART_URL);
  if (!scheme || !text) {
    return std::nullopt;
  }
  return Url{.scheme = lower(*scheme),
             .host = lower(part(url, CURLUPART_HOST).value_or("")),
             .port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or(""),
             .text = *text};
}

}  // namespace

std::optional<Url> parse_url(const std::string& text) {
  const CurlUrl url(curl_url());
  if (text.size() > kMaxUrlBytes || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  return parts(url);
}

std::optional<Url> resolve_url(const Url& base, const std::string& location) {
  const CurlUrl url(curl_url());
  if (location.size() > kMaxUrlBytes ||
      curl_url_set(url.get(), CURLUPART_URL, base.text.c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE) != CURLUE_OK) {
    return std::nullopt;
  }
  return parts(url);
}

void require_no_downgrade(const std::string& from, const std::string& to) {
  const auto target = parse_url(to);
  const bool is_allowed =
      target && (target->scheme == "https" || (target->scheme == "http" && from.starts_with("http://")));
  if (!is_allowed) {
    fail(ErrorKind::integrity, "{} leads to {}: only https URLs are followed", redact_url(from),
         redact_url(to));
  }
}

bool is_loopback(const Url& url) {
  const auto octets = split(url.host, '.');
  const bool is_ipv4 = octets.size() == 4 && url.host.find_first_not_of("0123456789.") == std::string::npos;
  return url.host == "localhost" || url.host == "[::1]" || (is_ipv4 && octets[0] == "127");
}

std::string query_escape(std::string_view text) {
  constexpr std::string_view kPunctuation = "-._~";
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          kPunctuation.find(c) != std::string_view::npos;
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace bundle::net
