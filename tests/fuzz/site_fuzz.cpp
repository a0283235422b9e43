// site.yml, which comes on the media as often as not: what is accepted reaches kubeadm, kubectl, chrony,
// keepalived and haproxy, so that each value has its grammar's bytes only.
#include <algorithm>

#include "fuzz/fuzz.hpp"
#include "site/site.hpp"

using namespace bundle;

namespace {

bool has_only(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    const bool is_alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_alnum || others.find(c) != std::string_view::npos;
  });
}

/// A value that can be an operand: not empty, and no option.
bool is_word(std::string_view text, std::string_view others) {
  return !text.empty() && text.front() != '-' && has_only(text, others);
}

bool is_address(std::string_view text) {
  const std::optional<std::uint32_t> address = spec::parse_ipv4(text);
  return address && spec::is_host_address(*address) && spec::format_ipv4(*address) == text;
}

bool is_network(std::string_view text, unsigned shortest, unsigned longest) {
  const std::optional<spec::Ipv4Network> network = spec::parse_ipv4_network(text);
  return network && to_string(*network) == text && first_address(*network) == network->address &&
         network->prefix >= shortest && network->prefix <= longest;
}

/// Words, amounts and lists of numbers, within JSON's own signs.
void require_kubelet(const site::Kubelet& kubelet) {
  fuzz::require(has_only(json::canonical(kubelet.members), "{}[]\":,.%-"), "answers for a kubelet are plain");
}

void require_node(const site::SiteNode& node) {
  require_kubelet(node.kubelet);
  fuzz::require(is_word(node.name, "-.") && node.name.size() <= 63, "the name of a node is one");
  fuzz::require(is_address(node.address), "the address of a node is one");
  fuzz::require(!node.roles.empty(), "a node has a role");
  for (const auto& [key, value] : node.labels) {
    fuzz::require(is_word(key, "-._/") && key.size() <= 317, "the key of a label is one");
    fuzz::require(has_only(value, "-._") && !value.starts_with('-') && value.size() <= 63,
                  "the value of a label is one");
  }
  for (const std::string& taint : node.taints) {
    fuzz::require(is_word(taint, "-._/=:") && spec::parse_taint(taint), "a taint is one");
  }
}

void require_whole(const site::Site& site) {
  const bool is_endpoint =
      site.endpoint.empty() || (is_word(site.endpoint, "-.:") && spec::parse_endpoint(site.endpoint));
  fuzz::require(is_endpoint, "the endpoint is one");
  if (site.vip) {
    fuzz::require(is_address(site.vip->address) && site.vip->prefix <= 32, "the virtual address is one");
    fuzz::require(site.vip->virtual_router_id >= 1 && site.vip->virtual_router_id <= 255, "the VRID is one");
    fuzz::require(std::any_of(site.nodes.begin(), site.nodes.end(), [](const auto& node) { return node.lb; }),
                  "somebody holds the virtual address");
  }
  fuzz::require(
      !spec::parse_ipv4_network(site.pod_subnet)->overlaps(*spec::parse_ipv4_network(site.service_subnet)),
      "the networks do not overlap");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  site::Site site;
  if (!fuzz::accepts([&] { site = site::read_site(fuzz::text_of(data, size), "/media/site.yml"); })) {
    return 0;
  }
  fuzz::require(is_word(site.cluster_name, "-.") && site.cluster_name.size() <= 63,
                "the cluster's name is one");
  fuzz::require(is_network(site.pod_subnet, 8, 24), "podSubnet is a network");
  fuzz::require(is_network(site.service_subnet, 12, 28), "serviceSubnet is a network");
  std::for_each(site.nodes.begin(), site.nodes.end(), require_node);
  require_kubelet(site.kubelet);
  fuzz::require(site.containerd_root.starts_with('/') && has_only(site.containerd_root, "._-+@/") &&
                    site.containerd_root.find("/../") == std::string::npos,
                "containerd's folder is a path");
  for (const std::string& server : site.time_servers.value_or(std::vector<std::string>())) {
    fuzz::require(is_word(server, "-."), "a time server is one");
  }
  for (const auto& [name, file] : site.component_values) {
    fuzz::require(is_word(name, "-") && has_only(file.string(), "._-+@/"), "values are a plain path");
  }
  if (site.mirror) {
    fuzz::require(has_only(site.mirror->server, ":/-.") && has_only(site.mirror->prefix, "._-/{}"),
                  "a mirror is letters and digits");
    fuzz::require(has_only(site.mirror->ca.string(), "._-+@/"), "its certificates are a plain path");
  }
  require_whole(site);
  return 0;
}
