#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/relpath.hpp"
#include "base/yaml.hpp"
#include "spec/component.hpp"
#include "spec/ipv4.hpp"

namespace bundle::spec {

/// What a node is: roles of images and RPMs (master, worker, gpu), and `lb` for the load balancers.
struct SiteNode {
  std::string name;
  std::string address;
  Roles roles;
  bool lb = false;
  std::map<std::string, std::string> labels;
  std::vector<std::string> taints;  ///< `key=value:Effect`
  Position position;
};

struct SiteVip {
  std::string address;
  unsigned prefix = 32;
  unsigned virtual_router_id = 61;
};

enum class Firewall { keep_open, disable, leave };
enum class Selinux { keep, permissive };

/// site.yml: the answers of one site. Without a file: one schedulable node at the host's own address.
struct Site {
  std::filesystem::path file;  ///< empty: none was given
  std::string cluster_name = "kubernetes";
  std::string endpoint;  ///< host:port; empty: the node's own address and 6443
  std::string pod_subnet = "10.244.0.0/16";
  std::string service_subnet = "10.96.0.0/12";
  std::optional<SiteVip> vip;
  std::vector<SiteNode> nodes;
  std::string numa;  ///< kubelet's topologyManagerPolicy; empty: not set
  std::string reserved_cpu;
  std::string reserved_memory;
  std::string containerd_root = "/var/lib/containerd";
  /// Nothing (no `time:` key): the host's chrony stays as it is. Empty: the first master serves the others.
  std::optional<std::vector<std::string>> time_servers;
  Firewall firewall = Firewall::keep_open;
  Selinux selinux = Selinux::keep;
  std::map<std::string, std::filesystem::path> component_values;  ///< component -> values file
};

/// Whether Kubernetes takes it as the name of a node. Source: RFC 1123, one label or several with dots.
bool is_node_name(std::string_view name);

/// Parses and checks site.yml: addresses, names, networks that do not overlap, known keys, no duplicates.
/// Throws Error(spec) with file:line:column.
Site load_site(const std::filesystem::path& file);
Site read_site(std::string_view text, const std::filesystem::path& file);

}  // namespace bundle::spec
