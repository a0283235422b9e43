#include "spec/component_network.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "spec/ipv4.hpp"

namespace bundle::spec {
namespace {

constexpr std::uint64_t kMaxPort = 65535;

json::Array texts(const std::vector<PortRange>& ranges) {
  json::Array all;
  for (const PortRange& range : ranges) {
    all.push_back(range.str());
  }
  return all;
}

json::Array texts(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

std::vector<PortRange> read_ranges(json::Reader& reader, std::string_view key) {
  std::vector<PortRange> ranges;
  for (const std::string& text : reader.strings(key)) {
    const std::optional<PortRange> range = parse_port_range(text);
    if (!range) {
      reader.fail_at(key, "expected ports such as 8472/udp");
    }
    ranges.push_back(*range);
  }
  return ranges;
}

std::vector<PortRange> parse_ranges(yaml::Reader& reader, std::string_view key) {
  std::vector<PortRange> ranges;
  for (const yaml::Node& item : reader.items(key)) {
    const std::optional<PortRange> range = parse_port_range(reader.scalar(item, "a port"));
    if (!range) {
      reader.fail_at(item, fmt::format("'{}' is not a port: expected 8472/udp or 2379-2380/tcp", item.text));
    }
    ranges.push_back(*range);
  }
  return ranges;
}

/// What undo deletes must be named narrowly: `*` alone, or `/`, would be everything.
using NameTest = bool (*)(std::string_view name);

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

bool is_link(std::string_view text) {
  const std::string_view stem = text.ends_with('*') ? text.substr(0, text.size() - 1) : text;
  return stem.size() >= 3 && stem.size() <= 15 && is_plain(stem);
}

bool is_chain(std::string_view text) { return text.size() >= 4 && text.size() <= 28 && is_plain(text); }

bool is_protocol(std::string_view text) { return !text.empty() && is_plain(text); }

/// `/run/flannel`: absolute, at least two levels down, no `..`.
bool is_folder(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '/');
  return parts.size() >= 3 && parts[0].empty() && std::all_of(parts.begin() + 1, parts.end(), [](auto part) {
           return !part.empty() && part != "." && part != ".." && is_plain(part);
         });
}

std::vector<std::string> parse_names(yaml::Reader& reader, std::string_view key, NameTest is_good,
                                     std::string_view expected) {
  std::vector<std::string> names;
  for (const yaml::Node& item : reader.items(key)) {
    if (!is_good(reader.scalar(item, "a name"))) {
      reader.fail_at(item, fmt::format("'{}' does not fit '{}': expected {}", item.text, key, expected));
    }
    names.push_back(item.text);
  }
  return names;
}

std::vector<std::string> read_names(json::Reader& reader, std::string_view key, NameTest is_good,
                                    std::string_view expected) {
  std::vector<std::string> names = reader.strings(key);
  if (!std::all_of(names.begin(), names.end(), is_good)) {
    reader.fail_at(key, fmt::format("expected {}", expected));
  }
  return names;
}

constexpr std::string_view kLinks = "names of links such as cni0 or cali*";
constexpr std::string_view kChains = "beginnings of chains such as FLANNEL-";
constexpr std::string_view kFolders = "folders such as /run/flannel";
constexpr std::string_view kProtocols = "names of IP protocols such as ipip";

bool is_rp_filter(std::string_view text) { return text.empty() || text == "loose"; }

bool is_subnet(const std::string& text) { return text.empty() || parse_ipv4_network(text).has_value(); }

}  // namespace

std::string PortRange::str() const {
  return (first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last)) +
         (transport == Transport::tcp ? "/tcp" : "/udp");
}

std::optional<PortRange> parse_port_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view transport = slash == std::string_view::npos ? "" : text.substr(slash + 1);
  if (transport != "tcp" && transport != "udp") {
    return std::nullopt;
  }
  const std::string_view numbers = text.substr(0, slash);
  const std::size_t dash = numbers.find('-');
  const auto first = parse_unsigned(numbers.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_unsigned(numbers.substr(dash + 1));
  if (!first || !last || *first == 0 || *last < *first || *last > kMaxPort) {
    return std::nullopt;
  }
  return PortRange{
      .first = *first, .last = *last, .transport = transport == "tcp" ? Transport::tcp : Transport::udp};
}

bool is_link_of(std::string_view name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
    return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
  });
}

ComponentPorts parse_ports(const yaml::Node& node, const std::string& file) {
  yaml::Reader reader(node, file, "'ports'");
  ComponentPorts ports{.nodes = parse_ranges(reader, "nodes"),
                       .host = parse_ranges(reader, "host"),
                       .protocols = parse_names(reader, "protocols", is_protocol, kProtocols)};
  reader.done();
  return ports;
}

PodNetwork parse_network(const yaml::Node& node, const std::string& file) {
  yaml::Reader reader(node, file, "'network'");
  PodNetwork network{.pod_subnet = reader.text_or("pod-subnet", ""),
                     .links = parse_names(reader, "links", is_link, kLinks),
                     .chains = parse_names(reader, "chains", is_chain, kChains),
                     .rp_filter = reader.text_or("rp-filter", ""),
                     .folders = parse_names(reader, "folders", is_folder, kFolders)};
  reader.done();
  if (!is_subnet(network.pod_subnet)) {
    reader.fail_at(
        node, fmt::format("'pod-subnet: {}' is not a network: expected 10.244.0.0/16", network.pod_subnet));
  }
  if (!is_rp_filter(network.rp_filter)) {
    reader.fail_at(node, fmt::format("'rp-filter: {}' is unknown: expected loose", network.rp_filter));
  }
  return network;
}

json::Object to_json(const ComponentPorts& ports) {
  return {{"host", texts(ports.host)}, {"nodes", texts(ports.nodes)}, {"protocols", texts(ports.protocols)}};
}

json::Object to_json(const PodNetwork& network) {
  return {{"chains", texts(network.chains)},
          {"folders", texts(network.folders)},
          {"links", texts(network.links)},
          {"pod-subnet", network.pod_subnet},
          {"rp-filter", network.rp_filter}};
}

ComponentPorts read_ports(json::Reader& reader) {
  return {.nodes = read_ranges(reader, "nodes"),
          .host = read_ranges(reader, "host"),
          .protocols = read_names(reader, "protocols", is_protocol, kProtocols)};
}

PodNetwork read_network(json::Reader& reader) {
  PodNetwork network{.pod_subnet = reader.string("pod-subnet"),
                     .links = read_names(reader, "links", is_link, kLinks),
                     .chains = read_names(reader, "chains", is_chain, kChains),
                     .rp_filter = reader.string("rp-filter"),
                     .folders = read_names(reader, "folders", is_folder, kFolders)};
  if (!is_subnet(network.pod_subnet)) {
    reader.fail_at("pod-subnet", "expected a network such as 10.244.0.0/16");
  }
  if (!is_rp_filter(network.rp_filter)) {
    reader.fail_at("rp-filter", "expected loose, or nothing");
  }
  return network;
}

}  // namespace bundle::spec
