#include "cluster/kubeadm_config.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::cluster {
namespace {

/// Names by which the API server's certificate is asked for.
std::vector<std::string> certificate_names(const spec::Site& site, const ThisNode& node) {
  const std::string endpoint = endpoint_of(site, node);
  std::vector<std::string> names{endpoint.substr(0, endpoint.rfind(':')), node.address, node.name};
  if (site.vip) {
    names.push_back(site.vip->address);
  }
  for (const spec::SiteNode* master : masters_of(site)) {
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

}  // namespace

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

}  // namespace bundle::cluster
