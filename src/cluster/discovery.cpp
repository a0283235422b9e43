#include "cluster/discovery.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "cluster/api_client.hpp"
#include "signing/certificate.hpp"
#include "signing/cipher.hpp"

namespace bundle::cluster {
namespace {

constexpr std::string_view kClusterInfo = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
constexpr std::size_t kShownBytes = 200;

/// Source: RFC 4648 section 5, without padding as RFC 7515 has it.
std::string base64_url(std::string_view bytes) {
  std::string text = replace_all(replace_all(base64_encode(bytes), "+", "-"), "/", "_");
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  return text;
}

/// The CA in a kubeconfig; empty when there is none.
std::string ca_of(const std::string& kubeconfig) {
  const yaml::Node root = yaml::parse_one(kubeconfig, "cluster-info", ErrorKind::step);
  const yaml::Node* clusters = root.find("clusters");
  if (clusters == nullptr || clusters->items.empty()) {
    return {};
  }
  const yaml::Node* cluster = clusters->items.front().find("cluster");
  const yaml::Node* data = cluster == nullptr ? nullptr : cluster->find("certificate-authority-data");
  return data == nullptr ? std::string() : base64_decode(data->text).value_or("");
}

bool is_pinned(const std::string& ca_pem, const std::vector<std::string>& pins) {
  const std::vector<std::string> found = signing::key_pins(ca_pem);
  return std::any_of(found.begin(), found.end(), [&](const std::string& pin) {
    return std::find(pins.begin(), pins.end(), pin) != pins.end();
  });
}

/// Of the members of the ConfigMap.
Discovery judge(const json::Value& data, const spec::Join& join) {
  const std::string kubeconfig = json::text_at(data, "kubeconfig");
  const std::string jws = json::text_at(data, "jws-kubeconfig-" + join.token_id());
  if (kubeconfig.empty()) {
    return {.fault = Discovery::Fault::no_cluster, .seen = "its cluster-info has no kubeconfig"};
  }
  std::string ca = ca_of(kubeconfig);
  if (!is_pinned(ca, join.ca_pins)) {
    return {.fault = Discovery::Fault::other_ca,
            .seen = fmt::format("its CA has the public key {}, pinned is {}",
                                bundle::join(signing::key_pins(ca), ", "), bundle::join(join.ca_pins, ", "))};
  }
  if (jws.empty()) {
    return {.fault = Discovery::Fault::unknown_token, .seen = "it does not know the token"};
  }
  if (!is_signed_with(jws, kubeconfig, join.token_secret())) {
    return {.fault = Discovery::Fault::wrong_token, .seen = "the token's second half is another one there"};
  }
  return {.ca_pem = std::move(ca)};
}

}  // namespace

bool is_signed_with(const std::string& jws, const std::string& content, const std::string& token_secret) {
  const std::size_t dots = jws.find("..");
  if (dots == std::string::npos) {
    return false;
  }
  const std::string signed_text = jws.substr(0, dots) + "." + base64_url(content);
  return base64_url(signing::hmac_sha256(token_secret, signed_text)) == jws.substr(dots + 2);
}

Discovery discover(const host::Host& host, const spec::Join& join) {
  const ApiAnswer answer = ApiClient(host, join.endpoint).get(kClusterInfo);
  if (answer.status == 0) {
    return {.fault = Discovery::Fault::unreachable, .seen = answer.error};
  }
  Discovery found;
  try {
    const json::Value document = json::parse(answer.body, "cluster-info", ErrorKind::step);
    const json::Value* data = document.find("data");
    found = answer.status == 200 && data != nullptr
                ? judge(*data, join)
                : Discovery{.fault = Discovery::Fault::no_cluster,
                            .seen = fmt::format("it answers {} {}", answer.status,
                                                escaped(json::text_at(document, "message"), kShownBytes))};
  } catch (const Error& error) {  // no JSON, no YAML
    found = {.fault = Discovery::Fault::no_cluster, .seen = escaped(error.message(), kShownBytes)};
  }
  found.date = answer.date;
  return found;
}

}  // namespace bundle::cluster
