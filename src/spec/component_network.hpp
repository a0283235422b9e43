#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/yaml.hpp"

namespace bundle::spec {

enum class Transport { tcp, udp };

/// `8472/udp`, `2379-2380/tcp`.
struct PortRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  Transport transport = Transport::tcp;
  std::string str() const;
  bool operator==(const PortRange&) const = default;
};
/// Nothing when it is none: a number from 1 to 65535, or two with a dash, then `/tcp` or `/udp`.
std::optional<PortRange> parse_port_range(std::string_view text);

/// What a component listens on: `ports:` of component.yml.
struct ComponentPorts {
  std::vector<PortRange> nodes;        ///< other nodes must reach these
  std::vector<PortRange> host;         ///< used on the host alone
  std::vector<std::string> protocols;  ///< of IP, between nodes: `ipip`
  bool operator==(const ComponentPorts&) const = default;
  bool empty() const { return nodes.empty() && host.empty() && protocols.empty(); }
};

/// Of a component that gives pods their network: `network:` of component.yml.
struct PodNetwork {
  std::string pod_subnet;  ///< the text in its manifests that stands for the site's pod network, or empty
  std::vector<std::string>
      links;  ///< network links that it makes on a host: names, or their beginning with `*`
  std::vector<std::string> chains;  ///< beginnings of the names of its netfilter chains
  std::string rp_filter;            ///< `loose`: its packets come back another way; empty: it does not matter
  std::vector<std::string> folders;  ///< that it fills on a host, beside those of every CNI plugin
  bool operator==(const PodNetwork&) const = default;
};

/// Whether a link of this name is meant by one of `patterns` (as in PodNetwork::links).
bool is_link_of(std::string_view name, const std::vector<std::string>& patterns);

/// As people write them. Throw Error(spec) with file, line and column.
ComponentPorts parse_ports(const yaml::Node& node, const std::string& file);
PodNetwork parse_network(const yaml::Node& node, const std::string& file);

/// As the lock and the index keep them: the same keys. Reading throws what `reader` throws.
json::Object to_json(const ComponentPorts& ports);
json::Object to_json(const PodNetwork& network);
ComponentPorts read_ports(json::Reader& reader);
PodNetwork read_network(json::Reader& reader);

}  // namespace bundle::spec
