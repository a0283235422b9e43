#include "survey/vip.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/load_balancer.hpp"
#include "host/facts.hpp"
#include "spec/site_grammar.hpp"
#include "survey/api.hpp"

namespace bundle::survey {
namespace {

constexpr std::size_t kMostBytes = 64;

/// Of `virtual_ipaddress { ADDRESS/PREFIX dev … }`, as keepalived_config writes it.
std::optional<std::string> balancer_address(std::string_view config) {
  const std::vector<std::string_view> words = split_words(config);
  const auto key = std::find(words.begin(), words.end(), "virtual_ipaddress");
  if (words.end() - key < 3) {
    return std::nullopt;
  }
  const std::string address(key[2].substr(0, key[2].find('/')));
  return spec::parse_ipv4(address) ? std::optional(address) : std::nullopt;
}

/// From where to ask for it.
struct Asker {
  bool has_it = false;  ///< it is among the addresses of this host
  std::string interface;
  std::string address;  ///< another one of this host there; empty: none
};

/// Where this host has the address itself; else by its route.
Asker find_asker(const host::Host& host, const std::string& vip) {
  const std::vector<host::HostAddress> addresses = host::host_addresses(host);
  const auto text = [](const host::HostAddress& one) { return spec::format_ipv4(one.network.address); };
  Asker asker;
  for (const host::HostAddress& one : addresses) {
    if (text(one) == vip) {
      asker = {.has_it = true, .interface = one.interface, .address = {}};
    }
  }
  if (!asker.has_it) {
    const json::Array routes = host::ip_rows(host, {"route", "get", vip});
    const json::Value route = routes.empty() ? json::Value() : routes.front();
    if (const std::string gateway = word_at(route, "gateway"); !gateway.empty()) {
      fail(ErrorKind::step, "{} lies behind the router {}, where ARP does not reach", vip, gateway);
    }
    asker.interface = json::text_at(route, "dev");
  }
  for (const host::HostAddress& one : addresses) {
    if (one.interface == asker.interface && text(one) != vip && asker.address.empty()) {
      asker.address = text(one);
    }
  }
  return asker;
}

/// The MAC addresses that answer. Throws Error(step) when nobody could be asked.
/// Source: arping(8) of iputils: `Unicast reply from 10.0.0.100 [52:54:00:12:34:56]  0.7ms`, and at the end
/// `Received 0 response(s)`.
std::set<std::string> macs_of(const host::Host& host, const Asker& asker, const std::string& vip) {
  std::vector<std::string> argv{"arping", "-b", "-c", "3", "-w", "4", "-I", asker.interface};
  if (!asker.address.empty()) {
    argv.insert(argv.end(), {"-s", asker.address});
  }
  argv.push_back(vip);
  const CommandResult said = host.ask_in_time(std::move(argv));
  std::set<std::string> macs;
  for (const std::string_view line : split(said.out, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() > 4 && words[1] == "reply" && words[2] == "from" && words[3] == vip &&
        words[4].starts_with('[')) {
      macs.insert(escaped(lower(words[4].substr(1, words[4].find(']') - 1)), kMostBytes));
    }
  }
  if (macs.empty() && said.out.find("Received 0 response") == std::string::npos) {
    fail(ErrorKind::step, "ARP could not be asked: {}", last_words(said));
  }
  return macs;
}

/// The node behind a MAC address, by the addresses that the kernel has seen there; empty: unknown.
std::string node_at(const json::Array& neighbours, const std::string& mac, const std::vector<Host>& nodes) {
  for (const json::Value& row : neighbours) {
    const auto node = std::find_if(nodes.begin(), nodes.end(),
                                   [&](const Host& one) { return one.address == json::text_at(row, "dst"); });
    if (lower(json::text_at(row, "lladdr")) == mac && node != nodes.end()) {
      return node->name;
    }
  }
  return {};
}

/// Two MAC addresses of one node are one owner: it may have two links to the same network.
bool has_node(const std::vector<VipOwner>& owners, const std::string& node) {
  return !node.empty() &&
         std::any_of(owners.begin(), owners.end(), [&](const VipOwner& owner) { return owner.node == node; });
}

}  // namespace

std::optional<std::string> virtual_address(const host::Host& host, const std::string& endpoint,
                                           const std::vector<Host>& nodes) {
  if (const auto address = balancer_address(host.read(cluster::kKeepalivedConfig).value_or(""))) {
    return address;
  }
  const std::optional<spec::Endpoint> parsed = spec::parse_endpoint(endpoint);
  const bool is_virtual = parsed && spec::parse_ipv4(parsed->host) &&
                          std::none_of(nodes.begin(), nodes.end(),
                                       [&](const Host& node) { return node.address == parsed->host; });
  return is_virtual ? std::optional(parsed->host) : std::nullopt;
}

Vip vip_of(const host::Host& host, const std::string& address, const std::vector<Host>& nodes) {
  Vip vip{.address = address, .owners = {}};
  std::vector<VipOwner> owners;
  try {
    const Asker asker = find_asker(host, address);
    if (asker.has_it) {
      owners.push_back({.mac = {}, .node = lower(host::host_name(host))});
      vip.owners.value = owners;  // known, whatever ARP says of others
    }
    const std::set<std::string> macs = macs_of(host, asker, address);
    const json::Array neighbours = host::ip_rows(host, {"neigh", "show"});
    for (const std::string& mac : macs) {
      const std::string node = node_at(neighbours, mac, nodes);
      if (!has_node(owners, node)) {
        owners.push_back({.mac = mac, .node = node});
      }
    }
    vip.owners.value = std::move(owners);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) {
      throw;
    }
    vip.owners.why_not = error.message();
  }
  return vip;
}

}  // namespace bundle::survey
