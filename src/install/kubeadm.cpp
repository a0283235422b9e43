#include <algorithm>
#include <set>
#include <thread>

#include <unistd.h>
#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "host/state_folder.hpp"
#include "install/cluster.hpp"
#include "steps/action.hpp"

namespace bundle::install {
namespace {

constexpr auto kInitTimeout = std::chrono::minutes(15);
constexpr auto kApiPatience = std::chrono::minutes(4);
/// A mark in the journal: the control plane was made, and is on disk.
constexpr std::string_view kMade = "made";
constexpr std::string_view kType = "kubeadm";
constexpr std::string_view kKey = "control plane";

bool is_api_ready(const host::Host& host) {
  return host.exists(kAdminConf) &&
         host.ask(kubectl({"get", "--raw", "/readyz", "--request-timeout=5s"})).status == 0;
}

bool has_files(const host::Host& host, const std::string& folder) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(host.at(folder), error);
  return !error && entries != std::filesystem::directory_iterator();
}

/// What of a control plane lies on this host.
std::vector<std::string> traces(const host::Host& host) {
  std::vector<std::string> found;
  for (const std::string path : {"/etc/kubernetes/admin.conf", "/etc/kubernetes/kubelet.conf"}) {
    if (host.exists(path)) {
      found.push_back(path);
    }
  }
  for (const std::string folder : {"/etc/kubernetes/manifests", "/etc/kubernetes/pki", "/var/lib/etcd"}) {
    if (has_files(host, folder)) {
      found.push_back(folder);
    }
  }
  return found;
}

/// What kubeadm reset leaves when a power cut took the manifest from which it would have learned of it. Only
/// after a begin of our own: `capture` refuses what was there before.
void remove_traces(const host::Host& host) {
  for (const std::string folder : {"/etc/kubernetes/manifests", "/etc/kubernetes/pki", "/var/lib/etcd"}) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(host.at(folder), error)) {
      std::filesystem::remove_all(entry.path());
    }
  }
  for (const std::string name :
       {"admin", "super-admin", "kubelet", "bootstrap-kubelet", "controller-manager", "scheduler"}) {
    std::filesystem::remove(host.at(fmt::format("/etc/kubernetes/{}.conf", name)));
  }
}

std::set<std::string> links(const host::Host& host) {
  std::set<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(host.at("/sys/class/net"), error)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

/// The end of the logs of containers that died, which is what kubeadm's own words lack.
std::string dead_containers(const host::Host& host) {
  if (host.ask({"crictl", "--version"}).status != 0) {
    return {};
  }
  const std::string endpoint = "--runtime-endpoint=" + std::string(kCriSocket);
  const CommandResult listed = host.ask({"crictl", endpoint, "ps", "-a", "--state", "exited", "-q"});
  std::string text;
  for (const std::string_view id : split_words(listed.out)) {
    const CommandResult log = host.ask({"crictl", endpoint, "logs", "--tail=5", std::string(id)});
    text += fmt::format("\ncontainer {}:\n{}{}", id, log.out, log.err);
  }
  return text;
}

class KubeadmInit final : public steps::Action {
 public:
  KubeadmInit(std::string config, std::string node) : config_(std::move(config)), node_(std::move(node)) {}

  std::string describe() const override {
    return fmt::format("kubeadm config validate --config {0}\nkubeadm init --config {0}\n", config_);
  }
  json::Object inputs() const override { return {{"kubeadm-init", config_}, {"node", node_}}; }

  bool is_done(steps::Context& context) override {
    if (was_made(context) && context.host.exists(kAdminConf)) {
      wait_for_api(context.host);  // it may just be starting
    }
    return is_api_ready(context.host) && has_node(context.host);
  }

  steps::Change capture(steps::Context& context) override {
    const bool is_ours = context.captured(kType, kKey) != nullptr;
    if (const std::vector<std::string> found = traces(context.host); !is_ours && !found.empty()) {
      throw Error(
          ErrorKind::step,
          fmt::format("a half-made or foreign control plane is on this host: {}", join(found, ", ")),
          fmt::format(
              "if nobody needs it: kubeadm reset -f --cri-socket {}; rm -rf /etc/kubernetes /var/lib/etcd",
              kCriSocket));
    }
    const std::set<std::string> now = links(context.host);
    return {.type = std::string(kType),
            .key = std::string(kKey),
            .before = {{"links", json::Array(now.begin(), now.end())}}};
  }

  void apply(steps::Context& context) override {
    if (is_api_ready(context.host) && has_node(context.host)) {
      context.host.log.warn(
          "the control plane is there already: it keeps the endpoint, networks and names it was made with");
      return;
    }
    if (was_made(context)) {
      throw Error(ErrorKind::step, "the control plane of this host does not answer",
                  "crictl ps -a; journalctl -u kubelet; when it is beyond repair: bundle undo kubeadm-init");
    }
    if (!traces(context.host).empty()) {
      context.host.log.warn("an earlier kubeadm init was cut off; its traces are reset");
      reset(context.host);
      remove_traces(context.host);
    }
    context.host.run({"kubeadm", "config", "validate", "--config", config_});
    const CommandResult made =
        context.host.ask({"kubeadm", "init", "--config", config_, "--skip-token-print"}, kInitTimeout);
    if (made.status != 0) {
      throw Error(ErrorKind::step,
                  fmt::format("kubeadm init ended with exit code {}:\n{}{}{}", made.status, made.out,
                              made.err, dead_containers(context.host)),
                  "mend what it names, then install again: what it left is reset first");
    }
    ::sync();
    context.mark(kMade);
  }

  void verify(steps::Context& context) override {
    wait_for_api(context.host);
    if (!is_api_ready(context.host) || !has_node(context.host)) {
      throw Error(ErrorKind::step,
                  fmt::format("the API server does not answer, or has no control-plane node {}", node_),
                  "crictl ps -a; journalctl -u kubelet");
    }
  }

  static void reset(const host::Host& host) {
    // kubeadm empties /var/lib/etcd before it stops the kubelet: an etcd that still runs would write again.
    host.ask({"systemctl", "stop", "kubelet"});
    const CommandResult tasks = host.ask({"ctr", "-n", "k8s.io", "tasks", "ls", "-q"});
    for (const std::string_view task : split_words(tasks.out)) {
      host.ask({"ctr", "-n", "k8s.io", "tasks", "kill", "--all", "--signal", "SIGKILL", std::string(task)});
    }
    host.run({"kubeadm", "reset", "-f", "--cri-socket", std::string(kCriSocket)}, kInitTimeout);
  }

 private:
  static bool was_made(const steps::Context& context) {
    return std::find(context.marks().begin(), context.marks().end(), json::Value(kMade)) !=
           context.marks().end();
  }

  static void wait_for_api(const host::Host& host) {
    const auto deadline = std::chrono::steady_clock::now() + kApiPatience;
    while (!is_api_ready(host) && std::chrono::steady_clock::now() < deadline) {
      check_interrupt();
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
  }

  bool has_node(const host::Host& host) const {
    const CommandResult node = host.ask(kubectl({"get", "node", node_, "-o", "jsonpath={.metadata.labels}"}));
    return node.status == 0 && node.out.find("node-role.kubernetes.io/control-plane") != std::string::npos;
  }

  std::string config_;
  std::string node_;
};

/// Rules of netfilter that kube-proxy, the kubelet and the pod networks make; all have these in their chains'
/// names.
bool is_of_cluster(std::string_view rule) {
  for (const std::string_view part :
       {"KUBE-", "CNI-", "CNI-HOSTPORT", "FLANNEL-", "cali-", "cni0", "flannel"}) {
    if (rule.find(part) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

void remove_rules(host::Host& host, const std::string& family) {
  const CommandResult saved = host.ask({family + "-save"});
  std::string kept;
  for (const std::string_view rule : split(saved.out, '\n')) {
    if (!rule.empty() && !is_of_cluster(rule)) {
      kept += std::string(rule) + "\n";
    }
  }
  if (saved.status == 0 && kept.size() < saved.out.size()) {
    run_checked(host.runner, {.argv = {family + "-restore"}, .input = kept});
  }
}

}  // namespace

std::vector<std::string> kubectl(std::vector<std::string> words) {
  words.insert(words.begin(), {"kubectl", "--kubeconfig", std::string(kAdminConf), "--cache-dir",
                               std::string(host::kKubectlFolder)});
  return words;
}

std::unique_ptr<steps::Action> kubeadm_init(std::string config_path, std::string node_name) {
  return std::make_unique<KubeadmInit>(std::move(config_path), std::move(node_name));
}

void undo_kubeadm(host::Host& host, const steps::Change& change) {
  if (traces(host).empty() && !host.exists("/var/lib/kubelet/config.yaml")) {
    return;
  }
  KubeadmInit::reset(host);
  host.ask({"systemctl", "stop", "kubepods.slice"});  // the pods' slices stay as long as it is there
  const std::vector<std::string> before = json::texts_at(change.before, "links");
  for (const std::string& link : links(host)) {
    const bool is_of_pods = link == "cni0" || link == "tunl0" || link.starts_with("flannel.") ||
                            link.starts_with("vxlan.calico") || link.starts_with("cali");
    if (is_of_pods && std::find(before.begin(), before.end(), link) == before.end()) {
      host.ask({"ip", "link", "delete", link});
    }
  }
  remove_rules(host, "iptables");
  remove_rules(host, "ip6tables");
}

}  // namespace bundle::install
