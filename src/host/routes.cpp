#include "host/routes.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "host/facts.hpp"

namespace bundle::host {
namespace {

/// Private blocks, those that sites use least first.
constexpr std::array kPrivateBlocks = {"10.96.0.0/11", "10.240.0.0/12", "172.24.0.0/13",
                                       "10.128.0.0/9", "10.0.0.0/8",    "192.168.0.0/16"};

std::optional<spec::Ipv4Network> destination(const std::string& text) {
  if (const std::optional<std::uint32_t> address = spec::parse_ipv4(text)) {
    return spec::Ipv4Network{.address = *address, .prefix = 32};
  }
  return spec::parse_ipv4_network(text);
}

}  // namespace

std::vector<HostRoute> host_routes(const Host& host, const std::vector<std::string>& cluster_links) {
  std::vector<HostRoute> routes;
  const auto add = [&](const spec::Ipv4Network& network, const std::string& interface) {
    if (network.prefix > 0 && !spec::is_link_of(interface, cluster_links)) {
      routes.push_back({.network = network, .interface = interface});
    }
  };
  for (const HostAddress& address : host_addresses(host)) {
    add(address.network, address.interface);
  }
  for (const json::Value& row : ip_rows(host, {"route", "show"})) {
    if (const std::optional<spec::Ipv4Network> network = destination(json::text_at(row, "dst"))) {
      add(*network, json::text_at(row, "dev"));
    }
  }
  return routes;
}

const HostRoute* overlapping(const std::vector<HostRoute>& routes, const spec::Ipv4Network& network) {
  const auto found = std::find_if(routes.begin(), routes.end(),
                                  [&](const HostRoute& route) { return route.network.overlaps(network); });
  return found == routes.end() ? nullptr : &*found;
}

std::string free_network(const std::vector<HostRoute>& routes, unsigned prefix,
                         const std::vector<std::string>& taken) {
  for (const char* text : kPrivateBlocks) {
    const spec::Ipv4Network block = *spec::parse_ipv4_network(text);
    const std::uint32_t step = std::uint32_t{1} << (32 - prefix);
    for (spec::Ipv4Network network{.address = block.address, .prefix = prefix};
         prefix >= block.prefix && block.contains(network.address); network.address += step) {
      const bool is_taken = std::any_of(taken.begin(), taken.end(), [&](const std::string& other) {
        return spec::parse_ipv4_network(other)->overlaps(network);
      });
      if (!is_taken && overlapping(routes, network) == nullptr) {
        return to_string(network);
      }
    }
  }
  return {};
}

}  // namespace bundle::host
