#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/url.hpp"

namespace bundle::net {

/// The parts of an http or https URL that decide whom we talk to.
struct Url {
  std::string scheme;  ///< `http` or `https`; other schemes are kept too, and refused by the client
  std::string host;    ///< lower case; IPv6 in brackets
  std::string port;    ///< the scheme's own when none is written
  std::string text;    ///< the whole URL, normalised

  /// `https://host:port`: credentials belong to exactly one origin (RFC 6454).
  std::string origin() const { return scheme + "://" + host + ":" + port; }
};

/// Nothing when malformed. Source: RFC 3986, as libcurl's URL parser reads it.
std::optional<Url> parse_url(const std::string& text);
/// What `location` (absolute or relative) means in an answer from `base`.
std::optional<Url> resolve_url(const Url& base, const std::string& location);
/// Throws Error(integrity) when the content at `from` leads to `to`, and that is no https URL, or an http URL
/// where `from` is one: what is fetched with encryption must not lead out of it, nor into local files.
void require_no_downgrade(const std::string& from, const std::string& to);
/// `localhost`, 127.0.0.0/8 or [::1].
bool is_loopback(const Url& url);

using bundle::redact_url;

/// Percent-encodes all but RFC 3986's unreserved characters, for a query.
std::string query_escape(std::string_view text);

}  // namespace bundle::net
