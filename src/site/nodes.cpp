#include "site/nodes.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "base/text.hpp"
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

/// A key as a node of the document: its text and place.
yaml::Node key_node(const yaml::Member& member) {
  yaml::Node node{.kind = yaml::Kind::scalar, .text = member.key};
  node.line = member.value.key_line;
  node.column = member.value.key_column;
  return node;
}

using Labels = std::map<std::string, std::string>;

Labels read_labels(yaml::Reader& row) {
  Labels labels;
  for (const yaml::Member& label : row.members("labels")) {
    const yaml::Node key = key_node(label);
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
    labels[label.key] = value;
  }
  return labels;
}

std::vector<std::string> read_taints(yaml::Reader& row) {
  std::vector<std::string> taints;
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
    taints.push_back(text);
  }
  return taints;
}

/// What alike nodes have in common.
struct Group {
  Labels labels;
  std::vector<std::string> taints;
  Kubelet kubelet;
  yaml::Node place;  ///< of its name
  bool is_used = false;
};
using Groups = std::map<std::string, Group>;

Groups read_groups(yaml::Reader& reader) {
  Groups groups;
  for (const yaml::Member& member : reader.members("nodeGroups")) {
    const yaml::Node key = key_node(member);
    spec::require(reader, key, spec::is_component_name(member.key), "a name for a group of nodes",
                  "lower-case letters, digits and '-', as in gpu-3060");
    yaml::Reader row(member.value, reader.file(), fmt::format("the group '{}'", member.key));
    groups[member.key] = {
        .labels = read_labels(row), .taints = read_taints(row), .kubelet = read_kubelet(row), .place = key};
    row.done();
  }
  return groups;
}

/// The group that the node names, or null.
Group* read_group(yaml::Reader& row, SiteNode& node, Groups& groups) {
  const yaml::Node* place = row.optional("group");
  if (place == nullptr) {
    return nullptr;
  }
  node.group = row.scalar(*place, "'group'");
  const auto found = groups.find(node.group);
  if (found == groups.end()) {
    std::vector<std::string> names;
    std::transform(groups.begin(), groups.end(), std::back_inserter(names),
                   [](const auto& group) { return group.first; });
    row.fail_at(*place, fmt::format("there is no group {} of nodes", spec::shown(node.group)),
                names.empty() ? fmt::format("expected nodeGroups: {{{}: {{labels: …}}}}", node.group)
                              : "groups in nodeGroups are " + join(names, ", "));
  }
  found->second.is_used = true;
  return &found->second;
}

/// Of two taints of one key and effect the node's own stays.
void add_taints(const std::vector<std::string>& more, std::vector<std::string>& taints) {
  const std::vector<std::string> own = taints;
  for (const std::string& text : more) {
    const spec::Taint taint = *spec::parse_taint(text);
    const bool is_there = std::any_of(own.begin(), own.end(), [&](const std::string& one) {
      const spec::Taint other = *spec::parse_taint(one);
      return other.key == taint.key && other.effect == taint.effect;
    });
    if (!is_there) {
      taints.push_back(text);
    }
  }
}

void read_answers(yaml::Reader& row, SiteNode& node, Groups& groups, const Kubelet& of_site) {
  const Group* group = read_group(row, node, groups);
  node.labels = read_labels(row);
  node.taints = read_taints(row);
  node.kubelet = group == nullptr ? of_site : over(group->kubelet, of_site);
  node.kubelet = over(read_kubelet(row), std::move(node.kubelet));
  if (group != nullptr) {
    node.labels.insert(group->labels.begin(), group->labels.end());
    add_taints(group->taints, node.taints);
  }
  settle(node.kubelet, fmt::format("the node '{}'{}", node.name,
                                   group == nullptr ? "" : fmt::format(" (group {})", node.group)));
}

SiteNode read_node(const yaml::Node& item, const std::string& file, Groups& groups, const Kubelet& of_site) {
  yaml::Reader row(item, file, "a node");
  SiteNode node{.name = row.text("name"), .position = row.at(item)};
  spec::require(row, row.required("name"), spec::is_node_name(node.name), "a name for a node",
                "lower-case letters, digits, '-' and '.', at most 63, not localhost and not an address");
  node.address = address_of(row, "address");
  read_node_roles(row, node);
  read_answers(row, node, groups, of_site);
  node.schedulable = row.boolean_or("schedulable", false);
  if (node.schedulable && !node.roles.contains("master")) {
    row.fail_at(row.required("schedulable"), "'schedulable' is for masters: pods run on other nodes anyway",
                "expected it on a node with the role master");
  }
  row.done();
  return node;
}

}  // namespace

std::vector<SiteNode> read_nodes(yaml::Reader& reader, const Kubelet& kubelet) {
  Groups groups = read_groups(reader);
  std::vector<SiteNode> nodes;
  std::set<std::string> names;
  std::set<std::string> addresses;
  for (const yaml::Node& item : reader.items("nodes")) {
    SiteNode node = read_node(item, reader.file(), groups, kubelet);
    if (!names.insert(node.name).second) {
      reader.fail_at(item, fmt::format("there are two nodes '{}'", node.name), "expected names of their own");
    }
    if (!addresses.insert(node.address).second) {
      reader.fail_at(item, fmt::format("there are two nodes with the address {}", node.address),
                     "expected addresses of their own");
    }
    nodes.push_back(std::move(node));
  }
  for (const auto& [name, group] : groups) {
    if (!group.is_used) {
      reader.fail_at(group.place, fmt::format("no node is in the group '{}'", name),
                     fmt::format("expected 'group: {}' on a node, or no such group", name));
    }
  }
  return nodes;
}

}  // namespace bundle::site
