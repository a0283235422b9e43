#include "survey/nodes.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/api_client.hpp"
#include "cluster/room.hpp"

namespace bundle::survey {
namespace {

constexpr std::string_view kRolePrefix = "node-role.kubernetes.io/";
/// kubelet's nodeStatusMaxImages, which our clusters leave as it is: a list of that many may be cut.
/// Source: pkg/kubelet/apis/config/v1beta1/defaults.go, pkg/kubelet/nodestatus/setters.go (Images).
constexpr std::size_t kMostImages = 50;
/// Its MaxNamesPerImageInNodeStatus: likewise of the names of one image.
constexpr std::size_t kMostNames = 5;
constexpr std::size_t kMostBytes = 300;

std::vector<std::string> roles_of(const json::Value& metadata) {
  std::vector<std::string> roles;
  const json::Object* labels = json::member_at(metadata, "labels").if_object();
  for (const auto& [key, value] : labels == nullptr ? json::Object() : *labels) {
    if (key.starts_with(kRolePrefix)) {
      roles.push_back(escaped(key.substr(kRolePrefix.size()), kMostBytes));
    }
  }
  return roles;
}

std::string address_of(const json::Value& status) {
  for (const json::Value& row : json::rows_at(status, "addresses")) {
    if (json::text_at(row, "type") == "InternalIP") {
      return word_at(row, "address");
    }
  }
  return {};
}

std::string why_not_ready(const json::Value& status) {
  for (const json::Value& row : json::rows_at(status, "conditions")) {
    if (json::text_at(row, "type") == "Ready") {
      return fmt::format("{}: {}", word_at(row, "reason"), word_at(row, "message"));
    }
  }
  return "its kubelet has not said anything yet";
}

std::optional<std::vector<std::string>> images_of(const json::Value& status) {
  const json::Array& rows = json::rows_at(status, "images");
  if (rows.empty() || rows.size() >= kMostImages) {
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (const json::Value& row : rows) {
    const std::vector<std::string> own = json::texts_at(row, "names");
    if (own.size() >= kMostNames) {
      return std::nullopt;
    }
    names.insert(names.end(), own.begin(), own.end());
  }
  return names;
}

Node node_of(const json::Value& row) {
  const json::Value& metadata = json::member_at(row, "metadata");
  const json::Value& status = json::member_at(row, "status");
  Node node{.host = {.name = word_at(metadata, "name"), .address = address_of(status)},
            .roles = roles_of(metadata),
            .kubelet = word_at(json::member_at(status, "nodeInfo"), "kubeletVersion"),
            .is_ready = cluster::is_ready(row),
            .images = images_of(status)};
  node.takes_pods = node.is_ready && !cluster::repels_pods(row);
  if (!node.is_ready) {
    node.why_not_ready = why_not_ready(status);
  }
  return node;
}

}  // namespace

bool Node::is_master() const { return std::find(roles.begin(), roles.end(), "control-plane") != roles.end(); }

Known<std::vector<Node>> nodes_of(const Api& api) {
  const Known<json::Value> list = api.get({"nodes"}, "the nodes of the cluster");
  if (!list.value) {
    return {.value = {}, .why_not = list.why_not};
  }
  std::vector<Node> nodes;
  for (const json::Value& row : json::rows_at(*list.value, "items")) {
    nodes.push_back(node_of(row));
  }
  if (nodes.empty()) {
    return {.value = {}, .why_not = "the API server's answer has no node in it"};
  }
  return {.value = std::move(nodes), .why_not = {}};
}

std::vector<std::string> askable_masters(const std::string& own, const std::vector<Node>& nodes) {
  std::vector<std::string> names{own};
  for (const Node& node : nodes) {
    if (node.is_master() && node.is_ready && node.host.name != own) {
      names.push_back(node.host.name);
    }
  }
  return names;
}

ServerAnswer ask_server(const host::Host& host, const Host& master) {
  const CommandResult said = host.ask_in_time(
      {"curl", "--disable", "--silent", "--show-error", "--insecure", "--verbose", "--noproxy", "*",
       "--connect-timeout", "3", "--max-time", "6", "--output", "/dev/null", "--write-out", "%{http_code}",
       fmt::format("https://{}:6443/readyz", master.address)});
  ServerAnswer answer{
      .server = {.host = master, .is_ready = said.status == 0 && trim(said.out) == "200"},
      .certificate = {
          .node = master.name, .name = "API server", .ends = cluster::shown_end(said.err), .why_not = {}}};
  if (!answer.server.is_ready) {
    answer.server.said = said.status != 0 ? last_words(said) : "HTTP " + escaped(trim(said.out), kMostBytes);
  }
  if (!answer.certificate.ends) {
    answer.certificate.why_not = said.status != 0 ? last_words(said) : "curl does not show it";
  }
  return answer;
}

}  // namespace bundle::survey
