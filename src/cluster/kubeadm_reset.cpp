#include "cluster/kubeadm_reset.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/containerd_config.hpp"
#include "cluster/pod_network.hpp"

namespace bundle::cluster {
namespace {

constexpr auto kResetTimeout = std::chrono::minutes(15);

bool has_files(const host::Host& host, const std::string& folder) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(host.at(folder), error);
  return !error && entries != std::filesystem::directory_iterator();
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

void run_reset(const host::Host& host) {
  // kubeadm empties /var/lib/etcd before it stops the kubelet: an etcd that still runs would write again.
  host.ask({"systemctl", "stop", "kubelet"});
  const CommandResult tasks = host.ask({"ctr", "-n", "k8s.io", "tasks", "ls", "-q"});
  for (const std::string_view task : split_words(tasks.out)) {
    host.ask({"ctr", "-n", "k8s.io", "tasks", "kill", "--all", "--signal", "SIGKILL", std::string(task)});
  }
  host.run({"kubeadm", "reset", "-f", "--cri-socket", std::string(kCriSocket)}, kResetTimeout);
}

/// What the pod network of this change makes on a host. Journals from before it was kept are of hosts with
/// one of these two.
spec::PodNetwork network_of(const steps::Change& change) {
  const auto ours = change.before.find("ours");
  if (ours == change.before.end()) {
    return {.links = {"cni0", "tunl0", "flannel.*", "vxlan.calico*", "cali*"},
            .chains = {"KUBE-", "CNI-", "FLANNEL-", "cali-"}};
  }
  json::Reader reader(ours->second, "the journal's control plane");
  return spec::read_network(reader);
}

void remove_rules(const host::Host& host, const spec::PodNetwork& network, const std::string& family) {
  const CommandResult saved = host.ask({family + "-save"});
  std::string kept;
  for (const std::string_view rule : split(saved.out, '\n')) {
    if (!rule.empty() && !is_rule_of(network, rule)) {
      kept += std::string(rule) + "\n";
    }
  }
  if (saved.status == 0 && kept.size() < saved.out.size()) {
    run_checked(host.runner, {.argv = {family + "-restore"}, .input = kept});
  }
}

}  // namespace

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

void reset_node(const host::Host& host) {
  run_reset(host);
  remove_traces(host);
}

std::vector<std::string> links(const host::Host& host) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(host.at("/sys/class/net"), error)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void undo_kubeadm(host::Host& host, const steps::Change& change) {
  if (traces(host).empty() && !host.exists("/var/lib/kubelet/config.yaml")) {
    return;
  }
  run_reset(host);
  host.ask({"systemctl", "stop", "kubepods.slice"});  // the pods' slices stay as long as it is there
  const spec::PodNetwork network = network_of(change);
  const std::vector<std::string> before = json::texts_at(change.before, "links");
  for (const std::string& link : links(host)) {
    const bool is_new = std::find(before.begin(), before.end(), link) == before.end();
    if (is_new && spec::is_link_of(link, network.links)) {
      host.ask({"ip", "link", "delete", link});
    }
  }
  remove_rules(host, network, "iptables");
  remove_rules(host, network, "ip6tables");
}

}  // namespace bundle::cluster
