#include "cluster/kubeadm_config.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cluster/containerd_config.hpp"

namespace bundle::cluster {
namespace {

constexpr std::string_view kKubeletApi = "kubelet.config.k8s.io/v1beta1";

/// Names by which the API server's certificate is asked for.
std::vector<std::string> certificate_names(const site::Site& site, const ThisNode& node) {
  const std::string endpoint = endpoint_of(site, node);
  std::vector<std::string> names{endpoint.substr(0, endpoint.rfind(':')), node.address, node.name};
  if (site.vip) {
    names.push_back(site.vip->address);
  }
  for (const site::SiteNode* master : masters_of(site)) {
    names.push_back(master->address);
    names.push_back(master->name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

/// `key=value:Effect`, `key:Effect`, `key=value`.
json::Object taint_of(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::string_view pair = text.substr(0, colon);
  const std::size_t equals = pair.find('=');
  return {
      {"key", pair.substr(0, equals)},
      {"value", equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1)},
      {"effect", colon == std::string_view::npos ? std::string_view("NoSchedule") : text.substr(colon + 1)}};
}

json::Array taint_rows(const ThisNode& node) {
  json::Array rows;
  for (const std::string& taint : taints_of(node)) {
    rows.push_back(taint_of(taint));
  }
  return rows;
}

json::Object local_endpoint(const ThisNode& node) {
  return {{"advertiseAddress", node.address}, {"bindPort", 6443}};
}

/// What a node is told about itself, whether it makes a cluster or joins one.
json::Object node_configuration(const ThisNode& node, std::string_view kind) {
  return {{"apiVersion", kKubeadmApi},
          {"kind", kind},
          {"patches", json::Object{{"directory", kPatchesFolder}}},
          {"nodeRegistration",
           json::Object{{"name", node.name},
                        {"criSocket", kCriSocket},
                        {"imagePullPolicy", "IfNotPresent"},
                        {"imagePullSerial", true},
                        {"taints", taint_rows(node)},
                        {"kubeletExtraArgs",
                         json::Array{json::Object{{"name", "node-ip"}, {"value", node.address}}}}}},
          {"timeouts",
           json::Object{{"controlPlaneComponentHealthCheck", "6m0s"}, {"kubeletHealthCheck", "4m0s"}}}};
}

json::Object init_configuration(const ThisNode& node) {
  json::Object init = node_configuration(node, "InitConfiguration");
  init["localAPIEndpoint"] = local_endpoint(node);
  return init;
}

json::Object cluster_configuration(const ClusterFacts& facts, const site::Site& site, const ThisNode& node) {
  const std::vector<std::string> names = certificate_names(site, node);
  return {{"apiVersion", kKubeadmApi},
          {"kind", "ClusterConfiguration"},
          {"clusterName", site.cluster_name},
          {"kubernetesVersion", facts.kubernetes_version},
          {"controlPlaneEndpoint", endpoint_of(site, node)},
          {"imageRepository", "registry.k8s.io"},
          {"networking", json::Object{{"podSubnet", site.pod_subnet},
                                      {"serviceSubnet", site.service_subnet},
                                      {"dnsDomain", "cluster.local"}}},
          {"apiServer", json::Object{{"certSANs", json::Array(names.begin(), names.end())}}},
          {"etcd", json::Object{{"local", json::Object{{"dataDir", "/var/lib/etcd"}}}}}};
}

json::Object kubelet_configuration() {
  return {{"apiVersion", kKubeletApi},
          {"kind", "KubeletConfiguration"},
          {"cgroupDriver", "systemd"},
          // Images cannot be pulled again: the kubelet must not free disk space with them.
          {"imageGCHighThresholdPercent", 95},
          {"imageGCLowThresholdPercent", 90},
          {"evictionHard", eviction_defaults()}};
}

}  // namespace

json::Object eviction_defaults() {
  return {{"memory.available", site::kMemoryAvailable},
          {"nodefs.available", "5%"},
          {"nodefs.inodesFree", "5%"},
          {"imagefs.available", "5%"}};
}

std::string kubeadm_config(const ClusterFacts& facts, const site::Site& site, const ThisNode& node) {
  return json::pretty(init_configuration(node)) + "---\n" +
         json::pretty(cluster_configuration(facts, site, node)) + "---\n" +
         json::pretty(kubelet_configuration());
}

std::string join_config(const ThisNode& node, const spec::Join& join, const std::string& certificate_key) {
  json::Object document = node_configuration(node, "JoinConfiguration");
  document["discovery"] =
      json::Object{{"bootstrapToken",
                    json::Object{{"apiServerEndpoint", join.endpoint},
                                 {"token", join.token},
                                 {"caCertHashes", json::Array(join.ca_pins.begin(), join.ca_pins.end())}}}};
  if (node.roles.contains("master")) {
    document["controlPlane"] =
        json::Object{{"localAPIEndpoint", local_endpoint(node)}, {"certificateKey", certificate_key}};
  }
  return json::pretty(document);
}

std::string kubelet_patch(const ClusterFacts& facts, const ThisNode& node) {
  json::Object members = node.kubelet;
  if (facts.resolv_conf != host::kResolvConf || facts.has_resolved) {  // not the kubelet's own default
    members["resolvConf"] = facts.resolv_conf.empty() ? std::string(kResolvConf) : facts.resolv_conf;
  }
  return json::pretty(members);
}

}  // namespace bundle::cluster
