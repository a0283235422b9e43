#include "install/configs.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::install {
namespace {

constexpr std::string_view kPauseRepository = "registry.k8s.io/pause:";

std::string version_of(const format::Index& index, std::string_view name) {
  const format::Component* component = index.find_component(name);
  if (component == nullptr) {
    throw Error(ErrorKind::integrity,
                fmt::format("the bundle {} has no component '{}'", index.base_name(), name),
                "build it with one: a cluster needs kubernetes and containerd");
  }
  return component->version;
}

std::string endpoint_port(const spec::Site& site, const ThisNode& node) {
  const std::string endpoint = endpoint_of(site, node);
  return endpoint.substr(endpoint.rfind(':') + 1);
}

std::vector<const spec::SiteNode*> nodes_with(const spec::Site& site, bool (*test)(const spec::SiteNode&)) {
  std::vector<const spec::SiteNode*> found;
  for (const spec::SiteNode& node : site.nodes) {
    if (test(node)) {
      found.push_back(&node);
    }
  }
  return found;
}

bool is_master(const spec::SiteNode& node) { return node.roles.contains("master"); }
bool is_balancer(const spec::SiteNode& node) { return node.lb; }

/// Names by which the API server's certificate is asked for.
std::vector<std::string> certificate_names(const spec::Site& site, const ThisNode& node) {
  const std::string endpoint = endpoint_of(site, node);
  std::vector<std::string> names{endpoint.substr(0, endpoint.rfind(':')), node.address, node.name};
  if (site.vip) {
    names.push_back(site.vip->address);
  }
  for (const spec::SiteNode* master : nodes_with(site, is_master)) {
    names.push_back(master->address);
    names.push_back(master->name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string quoted_list(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) {
    quoted.push_back("\"" + text + "\"");
  }
  return "[" + join(quoted, ", ") + "]";
}

std::string taints_of(const ThisNode& node) {
  std::string rows;
  for (const std::string& taint : node.taints) {
    const std::size_t colon = taint.rfind(':');
    const std::string pair = taint.substr(0, colon);
    const std::size_t equals = pair.find('=');
    rows += fmt::format("\n    - {{key: \"{}\", value: \"{}\", effect: \"{}\"}}", pair.substr(0, equals),
                        equals == std::string::npos ? "" : pair.substr(equals + 1),
                        colon == std::string::npos ? "NoSchedule" : taint.substr(colon + 1));
  }
  if (rows.empty() && !node.schedulable_master) {
    rows = "\n    - {key: node-role.kubernetes.io/control-plane, effect: NoSchedule}";
  }
  return rows.empty() ? " []" : rows;
}

std::string kubelet_settings(const ClusterFacts& facts, const spec::Site& site) {
  std::string text;
  if (!facts.has_name_server) {
    text += "resolvConf: /etc/kubernetes/resolv.conf\n";
  }
  if (!site.numa.empty()) {
    text += fmt::format("topologyManagerPolicy: {}\n", site.numa);
  }
  // Whole cores for containers need a number of them kept for the system.
  if (site.numa == "single-numa-node" && !site.reserved_cpu.empty()) {
    text += "cpuManagerPolicy: static\n";
  }
  if (!site.reserved_cpu.empty() || !site.reserved_memory.empty()) {
    text += "systemReserved:\n";
    text += site.reserved_cpu.empty() ? "" : fmt::format("  cpu: \"{}\"\n", site.reserved_cpu);
    text += site.reserved_memory.empty() ? "" : fmt::format("  memory: \"{}\"\n", site.reserved_memory);
  }
  return text;
}

std::string containerd_runtimes(std::string_view plugin, const ClusterFacts& facts) {
  std::string text = fmt::format(
      "\n[plugins.'{0}'.containerd]\ndefault_runtime_name = "
      "\"{1}\"\n\n[plugins.'{0}'.containerd.runtimes.runc]\n"
      "runtime_type = "
      "\"io.containerd.runc.v2\"\n\n[plugins.'{0}'.containerd.runtimes.runc.options]\nSystemdCgroup = true\n",
      plugin, facts.has_nvidia_runtime ? "nvidia" : "runc");
  if (facts.has_nvidia_runtime) {
    text += fmt::format(
        "\n[plugins.'{0}'.containerd.runtimes.nvidia]\nruntime_type = \"io.containerd.runc.v2\"\n\n"
        "[plugins.'{0}'.containerd.runtimes.nvidia.options]\nBinaryName = "
        "\"/usr/bin/nvidia-container-runtime\"\n"
        "SystemdCgroup = true\n",
        plugin);
  }
  return text;
}

std::string containerd_1_config(const ClusterFacts& facts) {
  constexpr std::string_view kCri = "io.containerd.grpc.v1.cri";
  std::string text = fmt::format("\n[plugins.'{}']\nsandbox_image = \"{}\"\nenable_selinux = {}\n", kCri,
                                 facts.pause_image, facts.is_selinux_on);
  if (facts.has_nvidia_runtime) {
    text += "enable_cdi = true\ncdi_spec_dirs = [\"/etc/cdi\", \"/var/run/cdi\"]\n";
  }
  return text + containerd_runtimes(kCri, facts) +
         fmt::format("\n[plugins.'{}'.registry]\nconfig_path = \"/etc/containerd/certs.d\"\n", kCri);
}

std::string containerd_2_config(const ClusterFacts& facts) {
  constexpr std::string_view kImages = "io.containerd.cri.v1.images";
  constexpr std::string_view kRuntime = "io.containerd.cri.v1.runtime";
  return fmt::format("\n[plugins.'{}'.pinned_images]\nsandbox = \"{}\"\n", kImages, facts.pause_image) +
         fmt::format("\n[plugins.'{}'.registry]\nconfig_path = \"/etc/containerd/certs.d\"\n", kImages) +
         fmt::format("\n[plugins.'{}']\nenable_selinux = {}\n", kRuntime, facts.is_selinux_on) +
         containerd_runtimes(kRuntime, facts);
}

}  // namespace

ClusterFacts cluster_facts(const format::Index& index) {
  ClusterFacts facts{.kubernetes_version = version_of(index, "kubernetes"),
                     .containerd_version = version_of(index, "containerd")};
  for (const format::Image& image : index.images) {
    if (image.ref.starts_with(kPauseRepository)) {
      facts.pause_image = image.ref;
    }
  }
  if (facts.pause_image.empty()) {
    fail(ErrorKind::integrity, "the bundle {} has no image {}…: no pod could start", index.base_name(),
         kPauseRepository);
  }
  return facts;
}

std::string containerd_config(const ClusterFacts& facts, const spec::Site& site) {
  const bool is_1 = facts.containerd_version.starts_with("1.");
  return fmt::format(
             "# Made by bundle; change the site file and install again.\nversion = {}\nroot = \"{}\"\nstate "
             "= \"/run/containerd\"\n"
             "oom_score = -999\ndisabled_plugins = []\n",
             is_1 ? 2 : 3, site.containerd_root) +
         (is_1 ? containerd_1_config(facts) : containerd_2_config(facts));
}

std::string kubeadm_config(const ClusterFacts& facts, const spec::Site& site, const ThisNode& node) {
  return fmt::format(
             R"(apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {{advertiseAddress: "{}", bindPort: 6443}}
nodeRegistration:
  name: "{}"
  criSocket: unix:///run/containerd/containerd.sock
  imagePullPolicy: IfNotPresent
  imagePullSerial: true
  taints:{}
  kubeletExtraArgs: [{{name: node-ip, value: "{}"}}]
timeouts: {{controlPlaneComponentHealthCheck: 6m0s, kubeletHealthCheck: 4m0s}}
)",
             node.address, node.name, taints_of(node), node.address) +
         fmt::format(
             R"(---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: "{}"
kubernetesVersion: {}
controlPlaneEndpoint: "{}"
imageRepository: registry.k8s.io
networking: {{podSubnet: "{}", serviceSubnet: "{}", dnsDomain: cluster.local}}
apiServer: {{certSANs: {}}}
etcd: {{local: {{dataDir: /var/lib/etcd}}}}
)",
             site.cluster_name, facts.kubernetes_version, endpoint_of(site, node), site.pod_subnet,
             site.service_subnet, quoted_list(certificate_names(site, node))) +
         // Images cannot be pulled again: the kubelet must not free disk space with them.
         "---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: systemd\n"
         "imageGCHighThresholdPercent: 95\nimageGCLowThresholdPercent: 90\n"
         "evictionHard: {memory.available: \"100Mi\", nodefs.available: \"5%\", nodefs.inodesFree: \"5%\", "
         "imagefs.available: \"5%\"}\n" +
         kubelet_settings(facts, site);
}

std::string hosts_block(const spec::Site& site, const ThisNode& node) {
  std::string text;
  bool is_named = false;
  for (const spec::SiteNode& other : site.nodes) {
    text += fmt::format("{} {}\n", other.address, other.name);
    is_named |= other.name == node.name;
  }
  return is_named ? text : fmt::format("{} {}\n", node.address, node.name) + text;
}

std::string chrony_config(const spec::Site& site, const ThisNode& node) {
  std::string text = "# Made by bundle; change the site file and install again.\n";
  for (const std::string& server : site.time_servers) {
    text += fmt::format("server {} iburst\n", server);
  }
  if (site.time_servers.empty()) {
    text += "# No time server on this site: this host's clock is the site's.\nlocal stratum 10\n";
    for (const spec::SiteNode& other : site.nodes) {
      if (other.name != node.name) {
        text += fmt::format("allow {}\n", other.address);
      }
    }
  }
  return text + "driftfile /var/lib/chrony/drift\nmakestep 1.0 3\nrtcsync\nlogdir /var/log/chrony\n";
}

std::string haproxy_config(const spec::Site& site, const ThisNode& node) {
  std::string text = fmt::format(R"(# Made by bundle; change the site file and install again.
global
  log /dev/log local0
  user haproxy
  group haproxy

defaults
  mode tcp
  log global
  option tcplog
  option dontlognull
  option clitcpka
  option srvtcpka
  timeout connect 5s
  timeout client 10m
  timeout server 10m
  timeout check 3s

frontend apiserver
  bind *:{}
  default_backend apiserver

backend apiserver
  balance leastconn
  option httpchk GET /readyz HTTP/1.0
  http-check expect status 200
  default-server inter 2s fall 3 rise 2 on-marked-down shutdown-sessions
)",
                                 endpoint_port(site, node));
  for (const spec::SiteNode* master : nodes_with(site, is_master)) {
    text += fmt::format("  server {} {}:6443 check check-ssl verify none\n", master->name, master->address);
  }
  return text;
}

std::string keepalived_config(const spec::Site& site, const ThisNode& node) {
  constexpr int kFirstPriority = 103;
  int priority = kFirstPriority;
  std::string peers;
  int own = kFirstPriority;
  for (const spec::SiteNode* balancer : nodes_with(site, is_balancer)) {
    if (balancer->name == node.name) {
      own = priority;
    } else {
      peers += fmt::format("    {}\n", balancer->address);
    }
    --priority;
  }
  const std::string unicast =
      peers.empty() ? ""
                    : fmt::format("  unicast_src_ip {}\n  unicast_peer {{\n{}  }}\n", node.address, peers);
  return fmt::format(R"(# Made by bundle; change the site file and install again.
global_defs {{
  router_id {}
  enable_script_security
  script_user root
  vrrp_garp_master_refresh 60
}}

vrrp_script check_apiserver {{
  script "{}"
  interval 3
  timeout 4
  fall 3
  rise 2
  weight -20
}}

vrrp_instance APISERVER {{
  state BACKUP
  interface {}
  virtual_router_id {}
  priority {}
  advert_int 1
{}  virtual_ipaddress {{
    {}/32 dev {}
  }}
  track_script {{
    check_apiserver
  }}
}}
)",
                     node.name, kKeepalivedCheckPath, node.interface, site.vip->virtual_router_id, own,
                     unicast, site.vip->address, node.interface);
}

std::string keepalived_check(const spec::Site& site, const ThisNode& node) {
  return fmt::format(
      "#!/bin/sh\n# Made by bundle: whether the API server answers through this host's haproxy.\n"
      "exec curl -sfk --noproxy '*' --max-time 3 -o /dev/null https://127.0.0.1:{}/readyz\n",
      endpoint_port(site, node));
}

}  // namespace bundle::install
