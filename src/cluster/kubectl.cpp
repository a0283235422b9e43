#include "cluster/kubectl.hpp"

#include "host/state_folder.hpp"

namespace bundle::cluster {

std::vector<std::string> kubectl_with(std::string_view kubeconfig, std::vector<std::string> words) {
  words.insert(words.begin(), {"kubectl", "--kubeconfig", std::string(kubeconfig), "--cache-dir",
                               std::string(host::kKubectlFolder)});
  return words;
}

std::vector<std::string> kubectl(std::vector<std::string> words) {
  return kubectl_with(kAdminConf, std::move(words));
}

bool is_api_ready(const host::Host& host) {
  return host.exists(kAdminConf) &&
         host.ask(kubectl({"get", "--raw", "/readyz", "--request-timeout=5s"})).status == 0;
}

}  // namespace bundle::cluster
