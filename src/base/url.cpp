#include "base/url.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.hpp"

namespace bundle {
namespace {

/// Where the pieces of `scheme://user@host:port/path?query#fragment` lie.
struct Pieces {
  std::string_view before;     ///< scheme and slashes; empty where there is no scheme
  std::string_view user;       ///< without its @
  std::string_view authority;  ///< host and port
  std::string_view path;
  std::string_view query;  ///< without its ?
};

Pieces cut(std::string_view url) {
  Pieces made;
  url = url.substr(0, url.find('#'));
  if (const std::size_t mark = url.find('?'); mark != std::string_view::npos) {
    made.query = url.substr(mark + 1);
    url = url.substr(0, mark);
  }
  std::size_t host = url.find("://");
  host = host == std::string_view::npos ? 0 : std::min(url.find_first_not_of('/', host + 1), url.size());
  made.before = url.substr(0, host);
  url.remove_prefix(host);
  made.authority = url.substr(0, url.find('/'));
  made.path = url.substr(made.authority.size());
  if (const std::size_t at = made.authority.rfind('@'); at != std::string_view::npos) {
    made.user = made.authority.substr(0, at);
    made.authority.remove_prefix(at + 1);
  }
  return made;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1 > text.size() ? text.size() : i + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    const bool is_octet =
        text[i] == '%' && digits.size() == 2 && error == std::errc() && end == digits.data() + digits.size();
    out.push_back(is_octet ? static_cast<char>(value) : text[i]);
    i += is_octet ? 2 : 0;
  }
  return out;
}

/// `X-Amz-Signature` and `x_amz_signature` are one name.
std::string plain_name(std::string_view text) {
  std::string name = lower(text);
  std::erase_if(name, [](char c) { return (c < 'a' || c > 'z') && (c < '0' || c > '9'); });
  return name;
}

bool is_secret_name(const std::string& name) {
  constexpr std::array<std::string_view, 11> kPieces = {"signature", "secret",    "passw",      "credential",
                                                        "apikey",    "accesskey", "accountkey", "privatekey",
                                                        "authoriz",  "accessid",  "session"};
  constexpr std::array<std::string_view, 19> kNames = {
      "sig",   "sas", "auth",   "authkey", "pwd",     "pass",   "hmac",   "jwt",       "hdnts", "hdnea",
      "hdntl", "gda", "ticket", "policy",  "expires", "expire", "expiry", "keypairid", "qak"};
  const auto has = [&](std::string_view piece) { return name.find(piece) != std::string::npos; };
  return std::any_of(kPieces.begin(), kPieces.end(), has) ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end() || name.ends_with("token") ||
         name.ends_with("sig") || name.ends_with("expires");
}

/// `?token=true` chooses something; a secret is longer.
bool is_choice(const std::string& value) {
  constexpr std::array<std::string_view, 7> kWords = {"", "0", "1", "true", "false", "yes", "no"};
  return std::find(kWords.begin(), kWords.end(), lower(value)) != kWords.end();
}

/// Three parts in base64url of which the first is a JSON object. Source: RFC 7519.
bool is_web_token(std::string_view value) {
  return value.starts_with("eyJ") && std::count(value.begin(), value.end(), '.') == 2;
}

/// An API key is one long word; `key=models/x.gguf` names a thing.
bool is_opaque(std::string_view value) {
  constexpr std::size_t kMinLength = 16;
  return value.size() >= kMinLength && std::all_of(value.begin(), value.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_';
         });
}

bool is_secret(std::string_view parameter) {
  const std::size_t equals = std::min(parameter.find('='), parameter.size());
  const std::string name = plain_name(percent_decoded(parameter.substr(0, equals)));
  const std::string value =
      percent_decoded(equals < parameter.size() ? parameter.substr(equals + 1) : std::string_view());
  return is_web_token(value) || is_web_token(percent_decoded(parameter)) ||
         (is_secret_name(name) && !is_choice(value)) || (name == "key" && is_opaque(value));
}

}  // namespace

std::string redact_url(std::string_view url) {
  constexpr std::size_t kMaxBytes = 300;
  const std::size_t query = url.find_first_of("?#");
  const Pieces pieces = cut(url.substr(0, query));
  std::string text = fmt::format("{}{}{}", pieces.before, pieces.authority, pieces.path);
  if (query != std::string_view::npos) {
    text += "?...";
  }
  return escaped(text, kMaxBytes);
}

std::string credential_in_url(std::string_view url) {
  const Pieces pieces = cut(url);
  if (pieces.before.empty()) {
    return {};
  }
  if (pieces.user.find_first_not_of(':') != std::string_view::npos) {
    return "a user name or password";
  }
  for (const std::string_view of_ampersand : split(pieces.query, '&')) {
    for (const std::string_view parameter : split(of_ampersand, ';')) {
      if (is_secret(parameter)) {
        const std::size_t equals = parameter.find('=');
        return equals == std::string_view::npos
                   ? "a token"
                   : fmt::format("the parameter '{}'", escaped(parameter.substr(0, equals), 80));
      }
    }
  }
  return {};
}

std::string shown_url(std::string_view url) {
  return credential_in_url(url).empty() ? std::string(url) : redact_url(url);
}

std::string tidy_url(std::string_view url) {
  const Pieces pieces = cut(url);
  const bool is_user_empty = pieces.user.find_first_not_of(':') == std::string_view::npos;
  return fmt::format("{}{}{}{}{}{}{}", pieces.before, is_user_empty ? "" : pieces.user,
                     is_user_empty ? "" : "@", pieces.authority, pieces.path, pieces.query.empty() ? "" : "?",
                     pieces.query);
}

std::string without_query(std::string_view url) {
  return std::string(url.substr(0, url.find_first_of("?#")));
}

std::string host_of_url(std::string_view url) {
  const std::string_view authority = cut(url).authority;
  if (authority.starts_with('[')) {
    return std::string(authority.substr(0, authority.find(']') + 1));
  }
  return std::string(authority.substr(0, authority.find(':')));
}

}  // namespace bundle
