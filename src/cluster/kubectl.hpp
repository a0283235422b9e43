#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/host.hpp"

namespace bundle::cluster {

/// The kubeconfig of the cluster's administrator, which kubeadm makes.
constexpr std::string_view kAdminConf = "/etc/kubernetes/admin.conf";

/// `kubectl --kubeconfig /etc/kubernetes/admin.conf …`
std::vector<std::string> kubectl(std::vector<std::string> words);

/// Whether the API server answers that it is ready.
bool is_api_ready(const host::Host& host);

}  // namespace bundle::cluster
