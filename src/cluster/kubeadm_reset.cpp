#include "cluster/kubeadm_reset.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/containerd_config.hpp"
#include "cluster/control_plane.hpp"
#include "cluster/data_folders.hpp"
#include "cluster/etcd.hpp"
#include "cluster/kubectl.hpp"
#include "cluster/pod_mounts.hpp"
#include "cluster/pod_network.hpp"
#include "host/facts.hpp"
#include "host/mounts.hpp"
#include "host/removal.hpp"

namespace bundle::cluster {
namespace {

constexpr auto kResetTimeout = std::chrono::minutes(15);
constexpr auto kFarewellPatience = std::chrono::minutes(1);

std::vector<std::string> reset_command() {
  return {"kubeadm", "reset", "-f", "--cri-socket", std::string(kCriSocket)};
}

bool has_files(const host::Host& host, const std::string& folder) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(host.at(folder), error);
  return !error && entries != std::filesystem::directory_iterator();
}

/// Empties the folder of a program, as far as it is its own.
void remove_data(const host::Host& host, const std::string& folder, const std::vector<std::string>& names) {
  const std::string real = host::resolved(host, folder);
  const bool is_mounted = host::is_mount_point(host::mount_points(host), real);
  host::remove_content_of(host, real,
                          [&](std::string_view name) { return !is_mounted || matches_any(names, name); });
}

/// What kubeadm reset leaves: what it could not learn of when a power cut took the manifest, and what was
/// kept out of its reach. Only after a begin of our own: `capture` refuses what was there before.
void remove_traces(const host::Host& host) {
  for (const std::string folder : {"/etc/kubernetes/manifests", "/etc/kubernetes/pki"}) {
    host::remove_content_of(host, host::resolved(host, folder));
  }
  remove_data(host, kEtcdFolder, etcd_names());
  for (const std::string name :
       {"admin", "super-admin", "kubelet", "bootstrap-kubelet", "controller-manager", "scheduler"}) {
    host::remove_path(host, fmt::format("/etc/kubernetes/{}.conf", name));
  }
}

/// What is mounted in the folders that kubeadm reset empties.
struct Mounted {
  std::vector<host::MountPoint> kubelet;
  std::vector<host::MountPoint> etcd;
  std::vector<host::MountPoint> kubernetes;  ///< below the manifests and keys

  explicit Mounted(const host::Host& host)
      : kubelet(mounts_in(host, kKubeletFolder)), etcd(mounts_in(host, kEtcdFolder)) {
    for (const std::string folder : {"/etc/kubernetes/manifests", "/etc/kubernetes/pki"}) {
      for (host::MountPoint& mount : mounts_in(host, folder)) {
        if (mount.folder != host::resolved(host, folder)) {
          kubernetes.push_back(std::move(mount));
        }
      }
    }
  }
  bool is_empty() const { return kubelet.empty() && etcd.empty() && kubernetes.empty(); }
};

/// Covers the folder where something is mounted at it or below.
void cover(const host::Host& host, const std::string& folder, const std::vector<host::MountPoint>& mounts,
           Covers& covers) {
  if (mounts.empty()) {
    return;
  }
  covers.folders.push_back(host::resolved(host, folder));
  std::copy_if(mounts.begin(), mounts.end(), std::back_inserter(covers.hidden),
               [&](const host::MountPoint& mount) { return mount.folder != covers.folders.back(); });
}

/// kubeadm reset empties its folders whatever is mounted in them, and unmounts all that it finds below the
/// kubelet's. Where something is, it only sees an empty folder, and we do that work; etcd's it leaves to us.
void reset_around(const host::Host& host, const Mounted& mounted) {
  Covers covers;
  cover(host, kKubeletFolder, mounted.kubelet, covers);
  for (const host::MountPoint& mount : mounted.kubernetes) {
    if (std::filesystem::is_directory(host.at(mount.folder))) {
      covers.folders.push_back(mount.folder);
    }
  }
  std::vector<std::string> argv = reset_command();
  argv.emplace_back("--skip-phases=remove-etcd-member");
  host.run(behind_covers(std::move(argv), covers), kResetTimeout);
  remove_data(host, kKubeletFolder, kubelet_names());
  remove_traces(host);
}

void try_to_leave(const host::Host& host) {
  if (leave_cluster(host) == Farewell::refused) {
    host.log.warn(fmt::format(
        "the cluster could not be told that this host leaves; on another master: bundle forget {}",
        lower(host::host_name(host))));
  }
}

/// etcd takes nobody out while a member has just come back, and the virtual address may be on its way.
void leave(const host::Host& host) {
  if (host.exists(kAdminConf) &&
      !host.wait_until([&] { return leave_cluster(host) == Farewell::said; }, kFarewellPatience)) {
    host.ask({"systemctl", "start", "kubelet"});
    throw Error(
        ErrorKind::step, "the cluster does not let this host go: its etcd or its list of nodes still has it",
        "on another master: bundle status --cluster; then bundle undo again. Where the cluster is gone: "
        "bundle undo --all --force");
  }
}

void run_reset(const host::Host& host, void (*say_farewell)(const host::Host&)) {
  // kubeadm empties /var/lib/etcd before it stops the kubelet: an etcd that still runs would write again. And
  // a kubelet that runs would register the node anew.
  host.ask({"systemctl", "stop", "kubelet"});
  say_farewell(host);
  const CommandResult tasks = host.ask({"ctr", "-n", "k8s.io", "tasks", "ls", "-q"});
  for (const std::string_view task : split_words(tasks.out)) {
    host.ask({"ctr", "-n", "k8s.io", "tasks", "kill", "--all", "--signal", "SIGKILL", std::string(task)});
  }
  unmount_pods(host);
  if (const Mounted mounted(host); !mounted.is_empty()) {
    reset_around(host, mounted);
  } else {
    host.run(reset_command(), kResetTimeout);
  }
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

void undo(const host::Host& host, const steps::Change& change, void (*say_farewell)(const host::Host&)) {
  // The rest also where an undo was cut off behind the reset.
  if (!traces(host).empty() || host.exists("/var/lib/kubelet/config.yaml")) {
    run_reset(host, say_farewell);
  }
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

}  // namespace

std::vector<std::string> traces(const host::Host& host) {
  std::vector<std::string> found;
  for (const std::string path : {"/etc/kubernetes/admin.conf", "/etc/kubernetes/kubelet.conf",
                                 "/etc/kubernetes/bootstrap-kubelet.conf"}) {
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
  run_reset(host, try_to_leave);
  remove_traces(host);
}

void leave_and_reset_node(const host::Host& host) {
  // By its kubelet, which the farewell stops, etcd comes up after a boot.
  wait_for_api(host);
  run_reset(host, leave);
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

void undo_kubeadm(host::Host& host, const steps::Change& change) { undo(host, change, try_to_leave); }

void leave_and_undo_kubeadm(host::Host& host, const steps::Change& change) { undo(host, change, leave); }

}  // namespace bundle::cluster
