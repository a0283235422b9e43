#include "support/fakes/kubeadm.hpp"

#include <array>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "support/fakes/merge_patch.hpp"

namespace bundle::test {
namespace {

constexpr std::array kComponents{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"};
constexpr std::array kConfigs{"admin", "super-admin", "kubelet", "controller-manager", "scheduler"};

std::string manifest_of(const std::string& component) {
  return "/etc/kubernetes/manifests/" + component + ".yaml";
}

}  // namespace

void FakeKubeadm::answer(FakeRunner& runner) {
  on(runner, {"kubeadm"}, [this](const Command& command) { return reply(command); });
}

CommandResult FakeKubeadm::reply(const Command& command) {
  const Arguments arguments =
      take_apart(command.argv, {"--config", "--cri-socket", "--skip-phases", "--patches", "--kubeconfig"});
  const std::string config = arguments.value("--config");
  if (arguments.are({"join"}, {"--config"})) {
    return host_.exists(config) ? join(config) : failed(1, "no such file or directory\n");
  }
  if (arguments.are({"config", "validate"}, {"--config"}) ||
      arguments.are({"init"}, {"--config", "--skip-token-print"})) {
    if (!host_.exists(config)) {
      return failed(1, fmt::format("unable to read config from \"{}\": no such file or directory\n", config));
    }
    if (!config_error.empty()) {
      return failed(3, config_error + "\n");
    }
    return arguments.words[0] == "config" ? said("ok\n") : init(config);
  }
  if (arguments.are({"upgrade", "node", "phase", "kubelet-config"}, {"--kubeconfig", "--patches"})) {
    return upgrade_kubelet(arguments);
  }
  const bool resets =
      arguments.are({"reset"}, {"-f", "--cri-socket", "--skip-phases"}) && arguments.has("-f");
  return resets ? reset(arguments.value("--skip-phases")) : refuse(command);
}

/// Of `nodeRegistration.name`, or the host's own.
std::string FakeKubeadm::node_name(const std::string& config) const {
  const std::string text = host_.read(config).value_or("");
  bool is_in_registration = false;
  for (const std::string_view line : split(text, '\n')) {
    if (line == "nodeRegistration:") {
      is_in_registration = true;
    } else if (is_in_registration && line.starts_with("  name:")) {
      return replace_all(trim(line.substr(line.find(':') + 1)), "\"", "");
    }
  }
  return std::string(trim(host_.read("/proc/sys/kernel/hostname").value_or("")));
}

/// Source: kubeadm's preflight checks, cmd/kubeadm/app/preflight/checks.go, RunInitNodeChecks.
std::vector<std::string> FakeKubeadm::in_the_way() const {
  std::vector<std::string> errors;
  for (const std::string component : kComponents) {
    if (host_.exists(manifest_of(component))) {
      errors.push_back(
          fmt::format("\t[ERROR FileAvailable--etc-kubernetes-manifests-{}.yaml]: {} already exists",
                      component, manifest_of(component)));
    }
  }
  if (!host_.is_empty("/var/lib/etcd")) {
    errors.emplace_back("\t[ERROR DirAvailable--var-lib-etcd]: /var/lib/etcd is not empty");
  }
  if (!parts_.ctr.is_running()) {
    errors.emplace_back("\t[ERROR CRI]: container runtime is not running");
  }
  return errors;
}

/// The phases in their order, with a point for a cut after each.
CommandResult FakeKubeadm::init(const std::string& config) {
  if (const std::vector<std::string> errors = in_the_way(); !errors.empty()) {
    return failed(2, "error execution phase preflight: [preflight] Some fatal errors occurred:\n" +
                         bundle::join(errors, "\n") + "\n");
  }
  for (const char* name : {"ca.crt", "ca.key", "etcd/ca.crt", "etcd/ca.key", "sa.key", "sa.pub"}) {
    host_.write(std::string("/etc/kubernetes/pki/") + name, "secret\n");
  }
  midway();
  for (const std::string name : kConfigs) {
    host_.write("/etc/kubernetes/" + name + ".conf", "kind: Config\n");
  }
  midway();
  take_kubelet_config(config);
  write_kubelet_config("/var/lib/bundle/patches");
  host_.write("/var/lib/kubelet/kubeadm-flags.env", "\n");
  parts_.systemd.start("kubelet");
  for (const std::string component : kComponents) {
    host_.write(manifest_of(component), "kind: Pod\n");
  }
  midway();
  for (const std::string component : kComponents) {
    parts_.ctr.tasks[component] = "RUNNING";
  }
  host_.write("/var/lib/etcd/member/snap/db", "data\n");
  midway();
  if (!init_error.empty()) {
    return failed(1, init_error + "\n");
  }
  parts_.kubectl.make_cluster(node_name(config));
  return said("Your Kubernetes control-plane has initialized successfully!\n");
}

/// Of a worker, or of a master where the document has a certificate key.
CommandResult FakeKubeadm::join(const std::string& config) {
  if (const std::vector<std::string> errors = in_the_way(); !errors.empty()) {
    return failed(1, bundle::join(errors, "\n") + "\n");
  }
  joined_with = host_.read(config).value_or("");
  const json::Value document = json::parse(joined_with, config);
  const bool is_master = document.find("controlPlane") != nullptr;
  const std::string name = json::text_at(*document.find("nodeRegistration"), "name");
  if (is_master) {
    for (const std::string file : {"ca.crt", "ca.key", "etcd/ca.crt", "etcd/ca.key"}) {
      host_.write("/etc/kubernetes/pki/" + file, "secret\n");
    }
    host_.write("/etc/kubernetes/admin.conf", "kind: Config\n");
  }
  host_.write("/etc/kubernetes/bootstrap-kubelet.conf", "token\n");
  midway();
  write_kubelet_config("/var/lib/bundle/patches");
  parts_.systemd.start("kubelet");
  midway();
  if (!join_error.empty()) {
    return failed(1, join_error + "\n");
  }
  host_.remove("/etc/kubernetes/bootstrap-kubelet.conf");
  host_.write("/etc/kubernetes/kubelet.conf", "kind: Config\n");
  if (is_master) {
    for (const std::string component : kComponents) {
      host_.write(manifest_of(component), "kind: Pod\n");
      parts_.ctr.tasks[component] = "RUNNING";
    }
    parts_.kubectl.etcd_members[name] = false;
    midway();
    host_.write("/var/lib/etcd/member/snap/db", "data\n");
    midway();
    parts_.kubectl.etcd_members[name] = true;
    midway();
    parts_.kubectl.make_cluster(name);
  } else {
    parts_.kubectl.make_cluster(name);
    parts_.kubectl.nodes[name] = {.labels = {{"kubernetes.io/hostname", name}}, .taints = {}};
  }
  return said("This node has joined the cluster\n");
}

void FakeKubeadm::take_kubelet_config(const std::string& config) {
  const std::string text = host_.read(config).value_or("");
  const std::size_t last = text.rfind("---\n");
  if (last != std::string::npos && text.find("KubeletConfiguration", last) != std::string::npos) {
    kubelet_config = text.substr(last + 4);
  }
}

void FakeKubeadm::write_kubelet_config(const std::string& patches) {
  const std::string patch = host_.read(patches + "/kubeletconfiguration+merge.json").value_or("{}");
  host_.write(
      "/var/lib/kubelet/config.yaml",
      json::pretty(merged(json::parse(kubelet_config, "kubelet-config"), json::parse(patch, "patch"))));
}

/// Source: kubeadm's WriteKubeletConfigFiles, cmd/kubeadm/app/phases/upgrade/postupgrade.go.
CommandResult FakeKubeadm::upgrade_kubelet(const Arguments& arguments) {
  if (!host_.exists(arguments.value("--kubeconfig")) || !upgrade_error.empty()) {
    return failed(1, upgrade_error + "\n");
  }
  const std::string backup = fmt::format("/etc/kubernetes/tmp/kubeadm-kubelet-config{}", ++upgrades_);
  host_.write(backup + "/config.yaml", host_.read("/var/lib/kubelet/config.yaml").value_or(""));
  midway();
  write_kubelet_config(arguments.value("--patches"));
  return said("[upgrade] The configuration for this node was successfully updated!\n");
}

CommandResult FakeKubeadm::reset(const std::string& skipped) {
  if (skipped != "remove-etcd-member") {
    leave_etcd();
  }
  return skipped == "cleanup-node" ? said("[reset] Skipped\n") : clean_up();
}

/// What etcd keeps goes only while its manifest says where that is, and comes back when etcd still runs.
/// Source: kubeadm's cmd/kubeadm/app/cmd/phases/reset/{cleanupnode,removeetcdmember}.go.
void FakeKubeadm::leave_etcd() {
  if (host_.exists(manifest_of("etcd"))) {
    const auto etcd = parts_.ctr.tasks.find("etcd");
    const bool etcd_runs = etcd != parts_.ctr.tasks.end() && etcd->second == "RUNNING";
    parts_.mounts.empty("/var/lib/etcd");
    if (etcd_runs) {
      host_.write("/var/lib/etcd/member/snap/db", "data\n");
    }
  }
}

CommandResult FakeKubeadm::clean_up() {
  parts_.systemd.stop("kubelet");
  for (const std::string& folder : parts_.mounts.below("/var/lib/kubelet")) {
    if (!parts_.mounts.unmount(folder)) {
      return failed(1, fmt::format("failed to unmount \"{}\": device or resource busy\n", folder));
    }
  }
  if (parts_.ctr.is_running()) {
    parts_.ctr.tasks.clear();
    parts_.ctr.containers.clear();
  }
  parts_.kubectl.clear_cluster();
  if (!parts_.kubectl.is_elsewhere) {
    parts_.helm.releases.clear();
  }
  parts_.mounts.empty("/etc/kubernetes/manifests");
  midway();
  parts_.mounts.empty("/etc/kubernetes/pki");
  parts_.mounts.empty("/var/lib/kubelet");
  for (const std::string name : kConfigs) {
    host_.remove("/etc/kubernetes/" + name + ".conf");
  }
  host_.remove("/etc/kubernetes/bootstrap-kubelet.conf");
  return said("[reset] Deleting contents of directories\n");
}

}  // namespace bundle::test
