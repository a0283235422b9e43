#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the values of site.yml may consist of: the rules of those who take them, as functions of text alone.
namespace bundle::spec {

/// Labels of lower-case letters, digits and `-` with dots between them, at most 253 bytes.
/// Source: RFC 1123; Kubernetes' IsDNS1123Subdomain, with labels of at most 63 bytes as RFC 1035 has them.
bool is_dns_name(std::string_view text);

/// A DNS name of at most 63 bytes that is no address and not `localhost`: Kubernetes, hostnamectl and
/// /etc/hosts take it as the name of a node.
bool is_node_name(std::string_view name);

/// A host as another one is told of it: an IPv4 address of one host, or a DNS name, in which case does not
/// count.
bool is_host(std::string_view text);

/// An address that one host can have: not 0.…, loopback, link-local, multicast, reserved or broadcast.
bool is_host_address(std::uint32_t address);

/// `[PREFIX/]NAME` and a value, as Kubernetes takes them for labels and taints.
/// Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
bool is_label_key(std::string_view key);
bool is_label_value(std::string_view value);

/// Whether the kubelet itself sets a label, again and again: another value would not stay.
bool is_kubelet_label(std::string_view key);

struct Taint {
  std::string key;
  std::string value;   ///< may be empty
  std::string effect;  ///< NoSchedule, PreferNoSchedule, NoExecute
  bool operator==(const Taint&) const = default;
};

/// `KEY=VALUE:EFFECT` or `KEY:EFFECT`; nothing when malformed.
std::optional<Taint> parse_taint(std::string_view text);

/// Processors in thousandths: `500m`, `2`, `1.5`; more than none. Nothing when malformed.
/// Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
std::optional<std::uint64_t> parse_cpu_quantity(std::string_view text);
/// Memory in bytes: `500Mi`, `1.5Gi`, `2G`; more than none, at most 1 PiB. Nothing when malformed.
std::optional<std::uint64_t> parse_memory_quantity(std::string_view text);

/// Numbers of processors, lowest first, each once: `0-1,8`. Nothing when malformed.
/// Source: https://man7.org/linux/man-pages/man7/cpuset.7.html, list format; Kubernetes' cpuset.Parse.
std::optional<std::vector<std::uint64_t>> parse_cpu_list(std::string_view text);

/// A part of something: `5%` or `2.5%`, more than none and less than all.
bool is_percentage(std::string_view text);

struct Endpoint {
  std::string host;  ///< an address of a host, or a node's name
  std::uint64_t port = 0;
};

/// `HOST:PORT`; nothing when malformed.
std::optional<Endpoint> parse_endpoint(std::string_view text);

/// The letters that a path of a site file may have: letters, digits and `._-+@/`.
bool is_plain_path(std::string_view path);

/// An absolute plain path that one program can have for itself: not a folder of the system or of another
/// part of the cluster, nor below one.
bool is_data_folder(std::string_view path);

/// The name of a component: lower-case letters, digits and `-`, at most 63 bytes.
bool is_component_name(std::string_view name);

/// As the kernel's own names and those of udev and NetworkManager are; at most 15 bytes.
bool is_interface_name(std::string_view name);

}  // namespace bundle::spec
