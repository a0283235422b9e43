#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "host/host.hpp"

namespace bundle::cluster {

/// The kubeconfig of the cluster's administrator, which kubeadm makes.
constexpr std::string_view kAdminConf = "/etc/kubernetes/admin.conf";

/// `kubectl --kubeconfig /etc/kubernetes/admin.conf …`
std::vector<std::string> kubectl(std::vector<std::string> words);

/// The same with another kubeconfig.
std::vector<std::string> kubectl_with(std::string_view kubeconfig, std::vector<std::string> words);

/// `kubectl …` as the administrator, asked of this host's own API server, whoever answers at the endpoint.
std::vector<std::string> own_kubectl(std::vector<std::string> words);

/// The API server of a master listens on all addresses, and its certificate always has this name.
/// Source: kubeadm's GetAPIServerAltNames.
constexpr std::string_view kOwnServer = "https://127.0.0.1:6443";
constexpr std::string_view kServerName = "kubernetes";

/// The kubeconfig of a node's kubelet, with which it may see and label itself.
constexpr std::string_view kKubeletConf = "/etc/kubernetes/kubelet.conf";

/// The labels of a node, asked with this kubeconfig: an object; null when it cannot be asked.
json::Value labels_of(const host::Host& host, std::string_view kubeconfig, const std::string& node);

/// Whether the API server answers that it is ready.
bool is_api_ready(const host::Host& host);

}  // namespace bundle::cluster
