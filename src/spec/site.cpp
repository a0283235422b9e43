#include "spec/site.hpp"

#include <algorithm>
#include <set>

#include "base/fs.hpp"
#include "base/text.hpp"

namespace bundle::spec {
namespace {

constexpr std::uint64_t kLimitBytes = 1 << 20;

std::string address_of(yaml::Reader& reader, std::string_view key) {
  std::string text = reader.text(key);
  if (!parse_ipv4(text)) {
    reader.fail_at(reader.required(key), fmt::format("'{}' is not an IPv4 address", text),
                   "expected one such as 10.0.0.5");
  }
  return text;
}

void read_network(yaml::Reader& reader, std::string_view key, std::string& into) {
  const yaml::Node* node = reader.optional(key);
  if (node == nullptr) {
    return;
  }
  into = reader.scalar(*node, key);
  if (!parse_ipv4_network(into)) {
    reader.fail_at(*node, fmt::format("'{}' is not a network", into), "expected one such as 10.244.0.0/16");
  }
}

void read_cluster(yaml::Reader& reader, Site& made) {
  const yaml::Node* node = reader.optional("cluster");
  if (node == nullptr) {
    return;
  }
  yaml::Reader cluster(*node, reader.file(), "'cluster'");
  made.cluster_name = cluster.text_or("name", made.cluster_name);
  made.endpoint = cluster.text_or("endpoint", "");
  const std::size_t colon = made.endpoint.rfind(':');
  const bool is_endpoint = colon != std::string::npos && colon > 0 &&
                           parse_unsigned(made.endpoint.substr(colon + 1)).value_or(0) - 1 < 65535;
  if (!made.endpoint.empty() && !is_endpoint) {
    cluster.fail_at(cluster.required("endpoint"), fmt::format("'{}' is not an endpoint", made.endpoint),
                    "expected ADDRESS:PORT, as in 10.0.0.1:6443");
  }
  read_network(cluster, "podSubnet", made.pod_subnet);
  read_network(cluster, "serviceSubnet", made.service_subnet);
  if (parse_ipv4_network(made.pod_subnet)->overlaps(*parse_ipv4_network(made.service_subnet))) {
    cluster.fail_at(*node, fmt::format("podSubnet {} and serviceSubnet {} overlap", made.pod_subnet,
                                       made.service_subnet));
  }
  cluster.done();
}

void read_vip(yaml::Reader& reader, Site& made) {
  const yaml::Node* node = reader.optional("vip");
  if (node == nullptr) {
    return;
  }
  yaml::Reader vip(*node, reader.file(), "'vip'");
  const std::string text = vip.text("address");
  const std::optional<Ipv4Network> address = parse_ipv4_network(text);
  if (!address) {
    vip.fail_at(vip.required("address"), fmt::format("'{}' is not an address with a prefix", text),
                "expected one such as 10.0.0.1/24");
  }
  made.vip = {.address = format_ipv4(address->address), .prefix = address->prefix};
  if (const yaml::Node* id = vip.optional("virtualRouterId")) {
    const std::uint64_t number = parse_unsigned(vip.scalar(*id, "'virtualRouterId'")).value_or(0);
    if (number < 1 || number > 255) {
      vip.fail_at(*id, fmt::format("virtualRouterId '{}' is not between 1 and 255", id->text));
    }
    made.vip->virtual_router_id = static_cast<unsigned>(number);
  }
  vip.done();
}

void read_node_roles(yaml::Reader& row, SiteNode& node) {
  const Roles known = all_roles();
  for (const yaml::Node& item : row.items("roles")) {
    const std::string role = row.scalar(item, "a role");
    if (role == "lb") {
      node.lb = true;
    } else if (known.contains(role)) {
      node.roles.insert(role);
    } else {
      row.fail_at(item, fmt::format("unknown role '{}'", role), "roles are master, worker, gpu and lb");
    }
  }
  if (node.roles.empty()) {
    row.fail_at(row.required("roles"), fmt::format("node '{}' has no role", node.name),
                "roles are master, worker, gpu and lb");
  }
}

SiteNode read_node(const yaml::Node& item, const std::string& file) {
  yaml::Reader row(item, file, "a node");
  SiteNode node{.name = row.text("name"), .position = row.at(item)};
  if (!is_node_name(node.name)) {
    row.fail_at(row.required("name"), fmt::format("'{}' is not a name for a node", node.name),
                "lower-case letters, digits, '-' and '.', at most 63");
  }
  node.address = address_of(row, "address");
  read_node_roles(row, node);
  for (const yaml::Member& label : row.members("labels")) {
    node.labels[label.key] = row.scalar(label.value, "a label");
  }
  node.taints = row.texts("taints");
  row.done();
  return node;
}

void read_nodes(yaml::Reader& reader, Site& made) {
  std::set<std::string> names;
  std::set<std::string> addresses;
  for (const yaml::Node& item : reader.items("nodes")) {
    SiteNode node = read_node(item, reader.file());
    if (!names.insert(node.name).second) {
      reader.fail_at(item, fmt::format("there are two nodes '{}'", node.name));
    }
    if (!addresses.insert(node.address).second) {
      reader.fail_at(item, fmt::format("there are two nodes with the address {}", node.address));
    }
    made.nodes.push_back(std::move(node));
  }
}

/// The value of `key` if it is one of `allowed`, whose first is the default.
std::string choice(yaml::Reader& reader, std::string_view key, const std::vector<std::string>& allowed) {
  const std::string text = reader.text_or(key, allowed.front());
  if (std::find(allowed.begin(), allowed.end(), text) == allowed.end()) {
    reader.fail_at(reader.required(key), fmt::format("'{}' is not a value for '{}'", text, key),
                   "expected " + join(allowed, ", "));
  }
  return text;
}

void read_policies(yaml::Reader& reader, Site& made) {
  const std::string firewall = choice(reader, "firewall", {"keep-open", "disable", "leave"});
  made.firewall = firewall == "disable" ? Firewall::disable
                  : firewall == "leave" ? Firewall::leave
                                        : Firewall::keep_open;
  made.selinux =
      choice(reader, "selinux", {"keep", "permissive"}) == "keep" ? Selinux::keep : Selinux::permissive;
  if (const yaml::Node* node = reader.optional("time")) {
    yaml::Reader time(*node, reader.file(), "'time'");
    time.required("servers");  // an empty 'time' could mean either: to serve, or to keep what there is
    made.time_servers = time.texts("servers");
    time.done();
  }
  if (const yaml::Node* node = reader.optional("storage")) {
    yaml::Reader storage(*node, reader.file(), "'storage'");
    made.containerd_root = storage.text_or("containerd", made.containerd_root);
    const bool is_absolute = made.containerd_root.starts_with('/') && made.containerd_root.size() > 1 &&
                             RelPath::parse(made.containerd_root.substr(1));
    if (!is_absolute) {
      storage.fail_at(storage.required("containerd"),
                      fmt::format("'{}' is not an absolute path", made.containerd_root));
    }
    storage.done();
  }
}

void read_kubelet_and_gpu(yaml::Reader& reader, Site& made) {
  if (const yaml::Node* node = reader.optional("kubelet")) {
    yaml::Reader kubelet(*node, reader.file(), "'kubelet'");
    if (kubelet.optional("numa") != nullptr) {
      made.numa = choice(kubelet, "numa", {"none", "best-effort", "restricted", "single-numa-node"});
    }
    if (const yaml::Node* reserved = kubelet.optional("reserved")) {
      yaml::Reader row(*reserved, reader.file(), "'reserved'");
      made.reserved_cpu = row.text_or("cpu", "");
      made.reserved_memory = row.text_or("memory", "");
      row.done();
    }
    kubelet.done();
  }
  if (const yaml::Node* node = reader.optional("gpu")) {
    yaml::Reader gpu(*node, reader.file(), "'gpu'");
    // The only answers that there are so far: nothing follows from them yet.
    choice(gpu, "driver", {"preinstalled"});
    choice(gpu, "mig", {"none"});
    gpu.done();
  }
}

void read_components(yaml::Reader& reader, Site& made) {
  for (const yaml::Member& member : reader.members("components")) {
    yaml::Reader component(member.value, reader.file(), fmt::format("component '{}'", member.key));
    made.component_values[member.key] = made.file.parent_path() / component.text("values");
    component.done();
  }
}

}  // namespace

bool is_node_name(std::string_view name) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 63 && is_plain(name.front()) && is_plain(name.back()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return is_plain(c) || c == '-' || c == '.'; });
}

Site read_site(std::string_view text, const std::filesystem::path& file) {
  const yaml::Node root = yaml::parse_one(text, file.string(), ErrorKind::spec);
  yaml::Reader reader(root, file.string(), "a site file");
  Site made{.file = file};
  read_cluster(reader, made);
  read_vip(reader, made);
  read_nodes(reader, made);
  read_kubelet_and_gpu(reader, made);
  read_policies(reader, made);
  read_components(reader, made);
  reader.done();
  return made;
}

Site load_site(const std::filesystem::path& file) { return read_site(read_file(file, kLimitBytes), file); }

}  // namespace bundle::spec
