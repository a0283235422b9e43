#include "cluster/api_client.hpp"

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

ApiAnswer ApiClient::ask(std::string_view method, std::string_view path, std::string_view body) const {
  std::string config = fmt::format(
      "url = {}request = {}silent\nshow-error\ninclude\nnoproxy = \"*\"\nconnect-timeout = 5\nmax-time = "
      "{}\n",
      curl_value(fmt::format("https://{}{}", endpoint_, path)), curl_value(method), kCurlSeconds);
  config += ca_.empty() ? "insecure\n" : "cacert = " + curl_value(ca_.string());
  if (!ca_.empty() && !token_.empty()) {
    config += "header = " + curl_value("Authorization: Bearer " + token_);
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

}  // namespace bundle::cluster
