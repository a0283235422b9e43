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

std::vector<std::string> own_kubectl(std::vector<std::string> words) {
  // Before the words: what follows `--` is another program's.
  words.insert(words.begin(),
               {fmt::format("--server={}", kOwnServer), fmt::format("--tls-server-name={}", kServerName)});
  return kubectl(std::move(words));
}

json::Value labels_of(const host::Host& host, std::string_view kubeconfig, const std::string& node) {
  const CommandResult shown =
      host.ask(kubectl_with(kubeconfig, {"get", "-o", "jsonpath={.metadata.labels}", "--", "node", node}));
  return shown.status != 0 || shown.out.empty()
             ? json::Value()
             : json::parse(shown.out, "the labels of " + node, ErrorKind::step);
}

bool is_api_ready(const host::Host& host) {
  return host.exists(kAdminConf) &&
         host.ask(kubectl({"get", "--raw", "/readyz", "--request-timeout=5s"})).status == 0;
}

}  // namespace bundle::cluster
