#include "site/site.hpp"

#include "base/fs.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "site/check.hpp"
#include "site/nodes.hpp"
#include "site/registry.hpp"
#include "site/upkeep.hpp"
#include "spec/site_value.hpp"

namespace bundle::site {
namespace {

constexpr std::uint64_t kLimitBytes = 1 << 20;
struct PrefixRange {
  unsigned shortest;
  unsigned longest;
  std::string_view reason;
};

/// Source: kubeadm's ValidatePodSubnetNodeMask (cmd/kubeadm/app/apis/kubeadm/validation): at most 2^16 blocks
/// of the size that a node gets.
constexpr PrefixRange kPodPrefixes{8, 24, "each node takes a /24 of it"};
/// Source: kubeadm's ValidateServiceSubnetSize and MinimumAddressesInServiceSubnet: at most 20 bits, at least
/// 10 addresses.
constexpr PrefixRange kServicePrefixes{12, 28, "that is what the API server takes"};

void read_network(yaml::Reader& reader, std::string_view key, const PrefixRange& range, std::string& into) {
  const yaml::Node* node = reader.optional(key);
  if (node == nullptr) {
    return;
  }
  into = reader.scalar(*node, key);
  const std::optional<spec::Ipv4Network> network = spec::parse_ipv4_network(into);
  spec::require(reader, *node, network.has_value(), "a network", "one such as 10.244.0.0/16");
  spec::require(reader, *node, network->prefix >= range.shortest && network->prefix <= range.longest,
                fmt::format("a network of a fitting size for '{}'", key),
                fmt::format("/{} to /{}: {}", range.shortest, range.longest, range.reason));
  const spec::Ipv4Network whole{.address = spec::first_address(*network), .prefix = network->prefix};
  spec::require(reader, *node, *network == whole, "a network, but an address in one", to_string(whole));
  spec::require(reader, *node,
                spec::is_host_address(whole.address) && spec::is_host_address(spec::last_address(whole)),
                "a network for hosts", "one of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16");
}

void read_endpoint(yaml::Reader& cluster, Site& made) {
  const yaml::Node* node = cluster.optional("endpoint");
  if (node == nullptr) {
    return;
  }
  made.endpoint = cluster.scalar(*node, "'endpoint'");
  made.endpoint_position = cluster.at(*node);
  const bool has_scheme = made.endpoint.find("://") != std::string::npos;
  spec::require(cluster, *node, spec::parse_endpoint(made.endpoint).has_value(), "an endpoint",
                has_scheme ? "ADDRESS:PORT without a scheme, as in 10.0.0.1:6553"
                           : "ADDRESS:PORT, as in 10.0.0.1:6443");
}

void read_cluster(yaml::Reader& reader, Site& made) {
  const yaml::Node* node = reader.optional("cluster");
  if (node == nullptr) {
    return;
  }
  yaml::Reader cluster(*node, reader.file(), "'cluster'");
  made.cluster_name = cluster.text_or("name", made.cluster_name);
  if (const yaml::Node* name = cluster.optional("name")) {
    spec::require(cluster, *name, spec::is_node_name(made.cluster_name), "a name for a cluster",
                  "lower-case letters, digits, '-' and '.', at most 63, as in site-a");
  }
  read_endpoint(cluster, made);
  read_network(cluster, "podSubnet", kPodPrefixes, made.pod_subnet);
  read_network(cluster, "serviceSubnet", kServicePrefixes, made.service_subnet);
  cluster.done();
}

void read_router_id(yaml::Reader& vip, SiteVip& made) {
  const yaml::Node* id = vip.optional("virtualRouterId");
  if (id == nullptr) {
    return;
  }
  const std::string text = vip.scalar(*id, "'virtualRouterId'");
  const std::uint64_t number = text.starts_with('0') ? 0 : parse_unsigned(text).value_or(0);
  if (number < 1 || number > 255) {
    vip.fail_at(*id, fmt::format("virtualRouterId {} is not between 1 and 255", spec::shown(text)),
                "expected a number that no other VRRP router of this network has, as 61");
  }
  made.virtual_router_id = static_cast<unsigned>(number);
}

void read_vip(yaml::Reader& reader, Site& made) {
  const yaml::Node* node = reader.optional("vip");
  if (node == nullptr) {
    return;
  }
  yaml::Reader vip(*node, reader.file(), "'vip'");
  const std::string text = vip.text("address");
  const yaml::Node& place = vip.required("address");
  const std::optional<spec::Ipv4Network> address = spec::parse_ipv4_network(text);
  spec::require(vip, place, address && address->prefix >= 8, "an address with a prefix",
                "one such as 10.0.0.1/24");
  const bool has_edges = address->prefix < 31;
  const bool is_edge = has_edges && (address->address == spec::first_address(*address) ||
                                     address->address == spec::last_address(*address));
  spec::require(
      vip, place, spec::is_host_address(address->address) && !is_edge, "the address of a host",
      "one such as 10.0.0.1/24: not the first or last of its network, loopback, link-local or multicast");
  made.vip = {.address = spec::format_ipv4(address->address), .prefix = address->prefix};
  read_router_id(vip, *made.vip);
  vip.done();
}

void read_policies(yaml::Reader& reader, Site& made) {
  const std::string firewall = spec::choice(reader, "firewall", {"keep-open", "disable", "leave"});
  made.firewall = firewall == "disable" ? Firewall::disable
                  : firewall == "leave" ? Firewall::leave
                                        : Firewall::keep_open;
  made.selinux =
      spec::choice(reader, "selinux", {"keep", "permissive"}) == "keep" ? Selinux::keep : Selinux::permissive;
  if (const yaml::Node* node = reader.optional("time")) {
    yaml::Reader time(*node, reader.file(), "'time'");
    time.required("servers");  // an empty 'time' could mean either: to serve, or to keep what there is
    made.time_servers = time.texts("servers");
    for (const yaml::Node& server : time.items("servers")) {
      spec::require(time, server, spec::is_host(server.text), "a time server",
                    "an IPv4 address or a DNS name, as 10.0.0.9 or ntp.site");
    }
    time.done();
  }
  if (const yaml::Node* node = reader.optional("storage")) {
    yaml::Reader storage(*node, reader.file(), "'storage'");
    made.containerd_root = storage.text_or("containerd", made.containerd_root);
    if (const yaml::Node* root = storage.optional("containerd")) {
      spec::require(storage, *root, made.containerd_root.starts_with('/'), "an absolute path",
                    "one such as /data/containerd");
      spec::require(
          storage, *root, spec::is_data_folder(made.containerd_root),
          "a folder that containerd can have for itself",
          "one such as /data/containerd: letters, digits and ._-+@, not the system's nor below one of its "
          "folders");
    }
    storage.done();
  }
}

/// How NVIDIA's MIG manager is told a node's profile.
/// Source: https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/gpu-operator-mig.html
constexpr const char* kMigLabel = "nvidia.com/mig.config";

void set_mig(yaml::Reader& gpu, const yaml::Node& node, Site& made) {
  const std::string profile = gpu.scalar(node, "'mig'");
  spec::require(gpu, node, !profile.empty() && spec::is_label_value(profile), "the name of a MIG profile",
                "none, or one of the MIG manager's, as all-1g.10gb or all-balanced");
  if (profile == "none") {
    return;
  }
  bool is_for_any = false;
  for (SiteNode& one : made.nodes) {
    if (one.roles.contains("gpu")) {
      one.labels.emplace(kMigLabel, profile);
      is_for_any = true;
    }
  }
  if (!is_for_any) {
    gpu.fail_at(node, "'mig' is for GPU nodes, and no node has the role gpu",
                "expected such a node in 'nodes'");
  }
}

void read_gpu(yaml::Reader& reader, Site& made) {
  if (const yaml::Node* node = reader.optional("gpu")) {
    yaml::Reader gpu(*node, reader.file(), "'gpu'");
    made.gpu_driver = spec::choice(gpu, "driver", {"preinstalled", "rpm"}) == "rpm" ? GpuDriver::rpm
                                                                                    : GpuDriver::preinstalled;
    if (const yaml::Node* mig = gpu.optional("mig")) {
      set_mig(gpu, *mig, made);
    }
    gpu.done();
  }
}

void read_components(yaml::Reader& reader, Site& made) {
  for (const yaml::Member& member : reader.members("components")) {
    yaml::Reader component(member.value, reader.file(), fmt::format("component {}", spec::shown(member.key)));
    if (!spec::is_component_name(member.key)) {
      throw Error(ErrorKind::spec,
                  {.file = reader.file(), .line = member.value.key_line, .column = member.value.key_column},
                  fmt::format("{} is not a name for a component", spec::shown(member.key)),
                  "expected lower-case letters, digits and '-', as in metallb");
    }
    const std::string values = component.text("values");
    spec::require(component, component.required("values"), spec::is_plain_path(values),
                  "a path of a values file",
                  "one such as metallb-site.yaml, relative to the site file: letters, digits and ._-+@/");
    made.component_values[member.key] = made.file.parent_path() / values;
    component.done();
  }
}

}  // namespace

Site read_site(std::string_view text, const std::filesystem::path& file) {
  const yaml::Node root = yaml::parse_one(text, file.string(), ErrorKind::spec);
  yaml::Reader reader(root, file.string(), "a site file");
  Site made{.file = file};
  read_cluster(reader, made);
  read_vip(reader, made);
  made.kubelet = read_kubelet(reader);
  made.nodes = read_nodes(reader, made.kubelet);
  if (made.nodes.empty()) {
    settle(made.kubelet, "this host");
  }
  read_gpu(reader, made);
  read_policies(reader, made);
  read_upkeep(reader, made);
  read_registry(reader, made);
  read_components(reader, made);
  reader.done();
  check_site(root, made);
  return made;
}

std::vector<NamedFile> named_files(const Site& site) {
  std::vector<NamedFile> files;
  for (const auto& [component, values] : site.component_values) {
    files.push_back({.path = values, .what = fmt::format("the values of '{}'", component)});
  }
  if (site.mirror && !site.mirror->ca.empty()) {
    files.push_back({.path = site.mirror->ca, .what = "the certificates of the registry's mirror"});
  }
  return files;
}

std::string site_text(const std::filesystem::path& file) { return read_file(file, kLimitBytes); }

Site load_site(const std::filesystem::path& file) { return read_site(site_text(file), file); }

}  // namespace bundle::site
