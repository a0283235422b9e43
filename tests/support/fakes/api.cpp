#include "support/fakes/api.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "signing/cipher.hpp"

namespace bundle::test {
namespace {

std::string base64_url(const std::string& bytes) {
  std::string text = replace_all(replace_all(base64_encode(bytes), "+", "-"), "/", "_");
  return text.substr(0, text.find('='));
}

/// `key = "value"` of curl's configuration, the last one of a key but for headers, which are joined.
std::map<std::string, std::string> settings_of(const std::string& config) {
  std::map<std::string, std::string> settings;
  for (const std::string_view line : split(config, '\n')) {
    const std::size_t equals = line.find(" = ");
    if (equals != std::string_view::npos) {
      std::string value(line.substr(equals + 3));
      value = value.starts_with('"') ? value.substr(1, value.size() - 2) : value;
      settings[std::string(line.substr(0, equals))] += value;
    }
  }
  return settings;
}

std::string text_in(const json::Value& document, std::string_view group, std::string_view key) {
  const json::Value* found = document.find(group);
  return found == nullptr ? std::string() : json::text_at(*found, key);
}

}  // namespace

std::string signed_by_token(const std::string& content, const std::string& token) {
  const std::string header = base64_url(R"({"alg":"HS256","kid":")" + token.substr(0, 6) + "\"}");
  return header + ".." +
         base64_url(signing::hmac_sha256(token.substr(7), header + "." + base64_url(content)));
}

void FakeApi::answer(FakeRunner& runner) {
  on(runner, {"curl"}, [this](const Command& command) { return reply(command); });
}

void FakeApi::describe(WorldState& state) const {
  if (lease) {
    state["api lease"] = lease->holder;
  }
}

CommandResult FakeApi::http(int status, const std::string& body) const {
  return said(fmt::format("HTTP/1.1 {} Words\r\n{}Content-Type: application/json\r\n\r\n{}", status,
                          date.empty() ? "" : "Date: " + date + "\r\n", body));
}

CommandResult FakeApi::reply(const Command& command) {
  if (command.argv.back().ends_with(":6443/readyz")) {
    return answer_ready(command.argv.back());
  }
  if (command.argv != std::vector<std::string>{"curl", "--disable", "--config", "-"}) {
    return refuse(command);
  }
  const std::map<std::string, std::string> settings = settings_of(command.input);
  if (!is_up) {
    return failed(7, "curl: (7) Failed to connect to 10.0.0.100 port 6553: Connection refused\n");
  }
  const std::string url = settings.at("url");
  const std::string path = url.substr(url.find('/', std::string("https://").size()));
  const auto header = settings.find("header");
  const std::string headers = header == settings.end() ? "" : header->second;
  const bool has_token =
      !token.empty() && headers.find("Authorization: Bearer " + token) != std::string::npos;
  asked.push_back(settings.at("request") + " " + path + (has_token ? " with token" : ""));
  const bool is_public = path.find("/kube-public/") != std::string::npos || path == "/readyz";
  if (!is_public && !has_token) {
    return http(403, R"({"message":"forbidden: User \"system:anonymous\""})");
  }
  const auto data = settings.find("data-binary");
  return answer_request(settings.at("request"), path,
                        data == settings.end() ? "" : read_file(data->second.substr(1), 1 << 20));
}

/// With --verbose and --write-out %{http_code}. Source: recorded from curl 7.88.1 (OpenSSL);
/// lib/vtls/openssl.c.
CommandResult FakeApi::answer_ready(const std::string& url) const {
  const std::string_view rest = std::string_view(url).substr(std::string_view("https://").size());
  const std::string address(rest.substr(0, rest.find(':')));
  const auto server = servers.find(address);
  if (server == servers.end()) {
    return {.status = 7,
            .out = "000",
            .err = fmt::format("curl: (7) Failed to connect to {} port 6443: Connection refused\n", address)};
  }
  return {.status = 0,
          .out = "200",
          .err = fmt::format("* Server certificate:\n*  subject: CN=kube-apiserver\n*  expire date: {}\n",
                             server->second)};
}

CommandResult FakeApi::answer_request(const std::string& method, const std::string& path,
                                      const std::string& body) {
  constexpr std::string_view kNodes = "/api/v1/nodes/";
  if (path == "/readyz") {
    return http(200, "ok");
  }
  if (path == "/api/v1/namespaces/kube-public/configmaps/cluster-info") {
    return cluster_info();
  }
  if (path.starts_with(kNodes)) {
    const auto node = machine_ids.find(path.substr(kNodes.size()));
    return node == machine_ids.end()
               ? http(404, R"({"message":"not found"})")
               : http(
                     200,
                     fmt::format(
                         R"({{"status":{{"conditions":[{{"type":"Ready","status":"{}"}}],"nodeInfo":{{"machineID":"{}"}}}}}})",
                         is_still_ready(node->first) ? "True" : "Unknown", node->second));
  }
  if (path == "/api/v1/namespaces/kube-system/secrets/kubeadm-certs") {
    return sealed_ca.empty() ? http(404, R"({"message":"not found"})")
                             : http(200, R"({"data":{"ca.crt":")" + base64_encode(sealed_ca) + "\"}}");
  }
  if (path.find("/namespaces/bundle-system/leases") != std::string::npos) {
    return leases(method, body);
  }
  return http(403, R"({"message":"forbidden"})");
}

bool FakeApi::is_still_ready(const std::string& node) {
  const auto found = ready_for.find(node);
  if (found == ready_for.end() || found->second == 0) {
    return false;
  }
  --found->second;
  return true;
}

CommandResult FakeApi::cluster_info() const {
  const std::string kubeconfig =
      "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: " + base64_encode(ca_pem) +
      "\n    server: https://10.0.0.100:6553\n  name: \"\"\nkind: Config\n";
  json::Object data{{"kubeconfig", kubeconfig}};
  if (!token.empty()) {
    data["jws-kubeconfig-" + token.substr(0, 6)] = signed_by_token(kubeconfig, token);
  }
  return http(200, json::canonical(json::Object{{"data", std::move(data)}}));
}

CommandResult FakeApi::leases(const std::string& method, const std::string& body) {
  if (method == "DELETE") {
    lease.reset();
    return http(200, "{}");
  }
  if (method == "GET") {
    if (!lease) {
      return http(404, R"({"message":"not found"})");
    }
    return http(200, json::canonical(json::Object{{"metadata", json::Object{{"resourceVersion", "7"}}},
                                                  {"spec", json::Object{{"holderIdentity", lease->holder},
                                                                        {"renewTime", lease->renewed}}}}));
  }
  const json::Value document = json::parse(body, "a lease");
  const bool is_new = method == "POST";
  if (is_new ? lease.has_value() : text_in(document, "metadata", "resourceVersion") != "7") {
    return http(409, R"({"message":"conflict"})");
  }
  lease = Lease{.holder = text_in(document, "spec", "holderIdentity"),
                .renewed = text_in(document, "spec", "renewTime")};
  on_lease_taken();
  return http(is_new ? 201 : 200, body);
}

}  // namespace bundle::test
