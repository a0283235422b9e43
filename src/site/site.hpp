#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "site/kubelet.hpp"
#include "spec/component.hpp"
#include "spec/ipv4.hpp"
#include "spec/site_grammar.hpp"

namespace bundle::site {

/// What a node is: roles of images and RPMs (master, worker, gpu), and `lb` for the load balancers.
struct SiteNode {
  std::string name;
  std::string address;
  spec::Roles roles;
  bool lb = false;
  std::string group;                          ///< of `nodeGroups`, or empty
  std::map<std::string, std::string> labels;  ///< its own over those of its group, as all three
  std::vector<std::string> taints;            ///< `key=value:Effect`
  Kubelet kubelet;
  bool schedulable = false;  ///< pods of users run on this master as well
  Position position;
};

struct SiteVip {
  std::string address;
  unsigned prefix = 32;
  unsigned virtual_router_id = 61;
};

/// Snapshots of etcd that masters take by themselves.
struct SnapshotRule {
  bool is_on = true;
  std::uint64_t keep = 7;
  std::string folder = "/var/backups/etcd";
};

enum class Firewall { keep_open, disable, leave };
enum class Selinux { keep, permissive };
/// Where a node asks for images that it lacks, in the place of the registries that they come from.
struct RegistryMirror {
  std::string server;  ///< `https://10.0.0.5:8443`
  /// Path of the images at the server, `{host}` standing for the registry that they come from; may be empty.
  std::string prefix;
  std::filesystem::path ca;  ///< certificates in PEM; empty: those that the host trusts
};

/// Where NVIDIA's driver comes from: the host has it, or the bundle brings it.
enum class GpuDriver { preinstalled, rpm };

/// Why a site file can be believed, or not: `kept` apart from the bundle by whoever installs;
/// `signed_by_trusted` key; `unchecked`, signed, but there is no key; `on_media`, unsigned and where the
/// bundle is.
enum class SiteOrigin { kept, signed_by_trusted, unchecked, on_media };

/// site.yml: the answers of one site. Without a file: one schedulable node at the host's own address.
struct Site {
  std::filesystem::path file;  ///< empty: none was given
  SiteOrigin origin = SiteOrigin::kept;
  std::string cluster_name = "kubernetes";
  std::string endpoint;  ///< host:port; empty: the first master's address, or this host's, and 6443
  Position endpoint_position;
  std::string pod_subnet = "10.244.0.0/16";
  std::string service_subnet = "10.96.0.0/12";
  std::optional<SiteVip> vip;
  std::vector<SiteNode> nodes;
  Kubelet kubelet;  ///< of a host that is no node of `nodes`; theirs have it in them
  std::string containerd_root = "/var/lib/containerd";
  /// Nothing (no `time:` key): the host's chrony stays as it is. Empty: the first master serves the others.
  std::optional<std::vector<std::string>> time_servers;
  Firewall firewall = Firewall::keep_open;
  Selinux selinux = Selinux::keep;
  GpuDriver gpu_driver = GpuDriver::preinstalled;
  bool renews_certificates = true;  ///< masters do so by themselves
  SnapshotRule snapshots;
  std::optional<RegistryMirror> mirror;
  std::map<std::string, std::filesystem::path> component_values;  ///< component -> values file
  std::map<std::filesystem::path, std::string> signed_files;      ///< SHA-256 of those whose signature holds
};

/// A file that a site file names: as much an answer of the site.
struct NamedFile {
  std::filesystem::path path;
  std::string what;  ///< for messages: `the values of 'metallb'`
};
std::vector<NamedFile> named_files(const Site& site);

/// Of a file that a site file names.
constexpr std::uint64_t kMaxNamedBytes = 4 << 20;

/// The port of each API server.
constexpr std::uint64_t kApiPort = 6443;

/// Parses site.yml and checks it: known keys, no duplicates, the grammar of each value (spec/site_grammar),
/// and what the answers say together (spec/site_check). Throws Error(spec) with file:line:column and what is
/// expected. `file` is where `text` comes from; paths in it are relative to its folder.
Site read_site(std::string_view text, const std::filesystem::path& file);

/// The text of a site file, of at most 1 MiB.
std::string site_text(const std::filesystem::path& file);
Site load_site(const std::filesystem::path& file);

}  // namespace bundle::site
