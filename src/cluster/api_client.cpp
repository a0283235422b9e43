#include "cluster/api_client.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::cluster {
namespace {

constexpr std::uint64_t kMaxBody = 4 << 20;
constexpr int kCurlSeconds = 15;

/// `Tue, 15 Nov 1994 08:12:31 GMT`. Source: RFC 9110, 5.6.7.
std::optional<std::int64_t> parse_http_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::vector<std::string_view> words = split_words(text);
  if (words.size() != 6 || words[2].size() != 3 || words[5] != "GMT") {
    return std::nullopt;
  }
  const std::size_t month = kMonths.find(words[2]);
  if (month == std::string_view::npos || month % 3 != 0) {
    return std::nullopt;
  }
  return parse_utc(fmt::format("{}-{:02}-{}T{}Z", words[3], month / 3 + 1, words[1], words[4]));
}

/// `Jan  1 17:12:27 2028 GMT`. Source: OpenSSL's ASN1_TIME_print, which curl's `expire date:` is made with.
std::optional<std::int64_t> parse_openssl_time(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::vector<std::string_view> words = split_words(text);
  if (words.size() != 5 || words[4] != "GMT") {
    return std::nullopt;
  }
  const auto month = std::find(kMonths.begin(), kMonths.end(), words[0]);
  const std::optional<std::uint64_t> day = parse_unsigned(words[1]);
  if (month == kMonths.end() || !day) {
    return std::nullopt;
  }
  return parse_utc(fmt::format("{}-{:02}-{:02}T{}Z", words[3], month - kMonths.begin() + 1, *day, words[2]));
}

/// Of `curl --include` without redirections: status line, fields, an empty line, the body. Interim answers
/// (1xx) may come first.
ApiAnswer parse_answer(std::string_view text) {
  ApiAnswer answer;
  while (text.starts_with("HTTP/")) {
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) {
      break;
    }
    for (const std::string_view line : split(text.substr(0, end), '\n')) {
      const std::vector<std::string_view> words = split_words(line);
      if (line.starts_with("HTTP/") && words.size() > 1) {
        answer.status = static_cast<int>(parse_unsigned(words[1]).value_or(0));
      } else if (lower(line.substr(0, line.find(':'))) == "date") {
        answer.date = parse_http_date(trim(line.substr(line.find(':') + 1)));
      }
    }
    text.remove_prefix(end + 4);
  }
  answer.body = text;
  return answer;
}

/// A value in curl's configuration. Source: curl(1), --config.
std::string curl_value(std::string_view text) {
  return "\"" + replace_all(replace_all(std::string(text), "\\", "\\\\"), "\"", "\\\"") + "\"\n";
}

}  // namespace

ApiClient::ApiClient(const host::Host& host, std::string endpoint, std::string_view ca_pem, std::string token)
    : host_(host), endpoint_(std::move(endpoint)), token_(std::move(token)) {
  if (!ca_pem.empty()) {
    ca_ = folder_.path() / "ca.crt";
    write_new_file(ca_, ca_pem, 0600);
  }
}

ApiClient::ApiClient(const host::Host& host, std::string endpoint, std::string_view ca_pem,
                     const ClientCertificate& client)
    : ApiClient(host, std::move(endpoint), ca_pem) {
  certificate_ = folder_.path() / "client.crt";
  key_ = folder_.path() / "client.key";
  write_new_file(certificate_, client.certificate, 0600);
  write_new_file(key_, client.key, 0600);
}

ApiAnswer ApiClient::ask(std::string_view method, std::string_view path, std::string_view body) const {
  std::string config = fmt::format(
      "url = {}request = {}silent\nshow-error\ninclude\nnoproxy = \"*\"\nconnect-timeout = 5\nmax-time = "
      "{}\n",
      curl_value(fmt::format("https://{}{}", endpoint_, path)), curl_value(method), kCurlSeconds);
  config += ca_.empty() ? "insecure\n" : "cacert = " + curl_value(ca_.string());
  if (!ca_.empty() && !token_.empty()) {
    config += "header = " + curl_value("Authorization: Bearer " + token_);
  }
  if (!certificate_.empty()) {
    config += "cert = " + curl_value(certificate_.string()) + "key = " + curl_value(key_.string());
  }
  const std::filesystem::path document = folder_.path() / "document.json";
  if (!body.empty()) {
    write_file_atomically(document, body, 0600);
    config +=
        "header = \"Content-Type: application/json\"\ndata-binary = " + curl_value("@" + document.string());
  }
  const CommandResult said = host_.runner.run({.argv = {"curl", "--disable", "--config", "-"},
                                               .input = config,
                                               .timeout = std::chrono::seconds(2 * kCurlSeconds),
                                               .output_limit_bytes = kMaxBody});
  if (said.status != 0) {
    return {.error = std::string(trim(said.err.empty() ? fmt::format("curl ended with {}", said.status)
                                                       : std::string(said.err)))};
  }
  return parse_answer(said.out);
}

std::optional<std::int64_t> shown_end(std::string_view said) {
  constexpr std::string_view kMark = "expire date: ";
  const std::size_t mark = said.find(kMark);
  if (mark == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view rest = said.substr(mark + kMark.size());
  return parse_openssl_time(rest.substr(0, rest.find('\n')));
}

}  // namespace bundle::cluster
