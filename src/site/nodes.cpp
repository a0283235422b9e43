#include "site/nodes.hpp"

#include <set>

#include "spec/site_value.hpp"

namespace bundle::site {
namespace {

std::string address_of(yaml::Reader& reader, std::string_view key) {
  std::string text = reader.text(key);
  const yaml::Node& node = reader.required(key);
  const std::optional<std::uint32_t> address = spec::parse_ipv4(text);
  spec::require(reader, node, address.has_value(), "an IPv4 address", "one such as 10.0.0.5");
  spec::require(reader, node, spec::is_host_address(*address), "the address of a host",
                "one such as 10.0.0.5: not loopback, link-local, multicast or broadcast");
  return text;
}

void read_node_roles(yaml::Reader& row, SiteNode& node) {
  const spec::Roles known = spec::all_roles();
  for (const yaml::Node& item : row.items("roles")) {
    const std::string role = row.scalar(item, "a role");
    if (role == "lb") {
      node.lb = true;
    } else if (known.contains(role)) {
      node.roles.insert(role);
    } else {
      row.fail_at(item, fmt::format("unknown role {}", spec::shown(role)),
                  "roles are master, worker, gpu and lb");
    }
  }
  if (node.roles.empty()) {
    row.fail_at(row.required("roles"),
                fmt::format("node '{}' has no role{}", node.name, node.lb ? " beside lb" : ""),
                node.lb ? "roles are master, worker and gpu; lb goes with one of them"
                        : "roles are master, worker, gpu and lb");
  }
}

void read_labels(yaml::Reader& row, SiteNode& node) {
  for (const yaml::Member& label : row.members("labels")) {
    yaml::Node key = label.value;  // its place is the key's
    key.text = label.key;
    key.line = label.value.key_line;
    key.column = label.value.key_column;
    spec::require(
        row, key, spec::is_label_key(label.key), "a key for a label",
        "[PREFIX/]NAME: a DNS name, then at most 63 letters, digits, '-', '_' and '.' that begin and end "
        "with a letter or digit");
    spec::require(row, key, !spec::is_kubelet_label(label.key), "a label that a site can set",
                  "another key: the kubelet sets this one itself");
    const std::string value = row.scalar(label.value, fmt::format("the label '{}'", label.key));
    spec::require(
        row, label.value, spec::is_label_value(value), "a value for a label",
        "at most 63 letters, digits, '-', '_' and '.' that begin and end with a letter or digit, or \"\"");
    node.labels[label.key] = value;
  }
}

void read_taints(yaml::Reader& row, SiteNode& node) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const yaml::Node& item : row.items("taints")) {
    const std::string text = row.scalar(item, "a taint");
    const std::optional<spec::Taint> taint = spec::parse_taint(text);
    spec::require(row, item, taint.has_value(), "a taint",
                  "KEY=VALUE:EFFECT or KEY:EFFECT, as in gpu=true:NoSchedule; effects are NoSchedule, "
                  "PreferNoSchedule and NoExecute");
    if (!seen.emplace(taint->key, taint->effect).second) {
      row.fail_at(item, fmt::format("there are two taints {} with the effect {}", taint->key, taint->effect),
                  "expected one of each key and effect");
    }
    node.taints.push_back(text);
  }
}

SiteNode read_node(const yaml::Node& item, const std::string& file) {
  yaml::Reader row(item, file, "a node");
  SiteNode node{.name = row.text("name"), .position = row.at(item)};
  spec::require(row, row.required("name"), spec::is_node_name(node.name), "a name for a node",
                "lower-case letters, digits, '-' and '.', at most 63, not localhost and not an address");
  node.address = address_of(row, "address");
  read_node_roles(row, node);
  read_labels(row, node);
  read_taints(row, node);
  node.schedulable = row.boolean_or("schedulable", false);
  if (node.schedulable && !node.roles.contains("master")) {
    row.fail_at(row.required("schedulable"), "'schedulable' is for masters: pods run on other nodes anyway",
                "expected it on a node with the role master");
  }
  row.done();
  return node;
}

}  // namespace

std::vector<SiteNode> read_nodes(yaml::Reader& reader) {
  std::vector<SiteNode> nodes;
  std::set<std::string> names;
  std::set<std::string> addresses;
  for (const yaml::Node& item : reader.items("nodes")) {
    SiteNode node = read_node(item, reader.file());
    if (!names.insert(node.name).second) {
      reader.fail_at(item, fmt::format("there are two nodes '{}'", node.name), "expected names of their own");
    }
    if (!addresses.insert(node.address).second) {
      reader.fail_at(item, fmt::format("there are two nodes with the address {}", node.address),
                     "expected addresses of their own");
    }
    nodes.push_back(std::move(node));
  }
  return nodes;
}

}  // namespace bundle::site
