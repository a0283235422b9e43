#include "survey/api.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/kubectl.hpp"
#include "cluster/release.hpp"

namespace bundle::survey {
namespace {

constexpr std::size_t kMostBytes = 300;

}  // namespace

std::string last_words(const CommandResult& result) {
  const std::string_view text = trim(result.err);
  const std::string words = escaped(trim(text.substr(text.rfind('\n') + 1)), kMostBytes);
  return words.empty() ? fmt::format("exit code {}", result.status) : words;
}

std::string word_at(const json::Value& object, std::string_view key) {
  return escaped(json::text_at(object, key), kMostBytes);
}

Known<json::Value> document_of(const CommandResult& result, const std::string& what) {
  if (result.status != 0) {
    return {.value = {}, .why_not = last_words(result)};
  }
  try {
    json::Value document = json::parse(result.out, what, ErrorKind::step);
    return {.value = std::move(document), .why_not = {}};
  } catch (const Error& error) {
    return {
        .value = {},
        .why_not = escaped(fmt::format("{}: {}", to_string(error.position()), error.message()), kMostBytes)};
  }
}

Api::Api(const host::Host& host) : host_(host) {
  const std::vector<std::string> ready{"get", "--raw", "/readyz"};
  for (const Way way : {Way::endpoint, Way::own_server}) {
    way_ = way;
    const CommandResult said = kubectl(ready);
    if (said.status == 0) {
      return;
    }
    if (way == Way::endpoint) {
      endpoint_said_ = last_words(said);
    }
  }
  way_ = Way::none;
}

CommandResult Api::kubectl(std::vector<std::string> words) const {
  // Before the words: what follows `--` is another program's.
  words.insert(words.begin(), "--request-timeout=10s");
  return host_.ask_in_time(way_ == Way::own_server ? cluster::own_kubectl(std::move(words))
                                                   : cluster::kubectl(std::move(words)));
}

CommandResult Api::helm(std::vector<std::string> words) const {
  if (way_ == Way::own_server) {
    words.push_back(fmt::format("--kube-apiserver={}", cluster::kOwnServer));
    words.push_back(fmt::format("--kube-tls-server-name={}", cluster::kServerName));
  }
  return host_.ask_in_time(cluster::helm(std::string(cluster::kHelm), std::move(words)));
}

Known<json::Value> Api::get(std::vector<std::string> words, const std::string& what) const {
  if (way_ == Way::none) {
    return {.value = {}, .why_not = "no API server answers"};
  }
  words.insert(words.begin(), "get");
  words.insert(words.end(), {"-o", "json"});
  return document_of(kubectl(std::move(words)), what);
}

}  // namespace bundle::survey
