#include "install/plan.hpp"

#include <algorithm>
#include <set>

#include "actions/command.hpp"
#include "actions/files.hpp"
#include "actions/firewall.hpp"
#include "actions/hostname.hpp"
#include "actions/kernel.hpp"
#include "actions/selinux.hpp"
#include "actions/units.hpp"
#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"
#include "cluster/cluster_facts.hpp"
#include "cluster/containerd_config.hpp"
#include "cluster/kubeadm_config.hpp"
#include "cluster/kubeadm_init.hpp"
#include "cluster/kubectl.hpp"
#include "cluster/load_balancer.hpp"
#include "cluster/node_files.hpp"
#include "deliver/import_images.hpp"
#include "deliver/install_rpms.hpp"
#include "deliver/payload.hpp"
#include "format/index.hpp"
#include "host/facts.hpp"
#include "install/plan_components.hpp"

namespace bundle::install {
namespace {

constexpr std::string_view kMediaHint =
    "bundle verify names every fault of the media; copy it again from where it is whole";
constexpr std::string_view kKubeadmConfig = "/var/lib/bundle/kubeadm.yaml";
constexpr std::string_view kContainerdConfig = "/etc/containerd/config.toml";

bool is_swap_line(std::string_view line) {
  const std::vector<std::string_view> words = split_words(line);
  return words.size() >= 3 && !words[0].starts_with('#') && words[2] == "swap";
}

bool is_selinux_enforcing_line(std::string_view line) { return trim(line) == "SELINUX=enforcing"; }

constexpr actions::LineRule kSwapLines{.id = "swap", .words = "lines of swap", .is_unwanted = is_swap_line};
constexpr actions::LineRule kSelinuxEnforcing{
    .id = "selinux-enforcing", .words = "SELINUX=enforcing", .is_unwanted = is_selinux_enforcing_line};

/// A name server that answers others as well: pods cannot reach the host's own loopback.
bool has_name_server(const host::Host& host) {
  const std::vector<std::string> servers = host::name_servers(host);
  return !std::all_of(servers.begin(), servers.end(), host::is_loopback_server);
}

/// Collects the steps of one plan; a function per step or group of steps.
class Planner {
 public:
  Planner(const host::Host& host, const PlanInput& input)
      : host_(host), in_(input), index_(input.bundle.index()), facts_(cluster::cluster_facts(index_)) {
    facts_.has_name_server = has_name_server(host);
    facts_.has_nvidia_runtime =
        input.node.roles.contains("gpu") && index_.find_component("nvidia-container-toolkit") != nullptr;
    facts_.is_selinux_on = host.exists("/sys/fs/selinux/enforce");
  }

  steps::Plan plan() {
    add_payload();
    add_host();
    add_runtime();
    if (in_.node.lb && in_.site.vip) {
      add_load_balancer();
    }
    add_control_plane();
    for (steps::Step& made : component_steps(in_)) {
      plan_.push_back(std::move(made));
    }
    plan_.push_back(health_step(in_));
    return std::move(plan_);
  }

 private:
  steps::Step& step(std::string id, std::string title, std::string hint = {}) {
    plan_.push_back({.id = std::move(id), .title = std::move(title), .hint = std::move(hint), .actions = {}});
    return plan_.back();
  }

  static void add(steps::Step& step, std::unique_ptr<steps::Action> action) {
    step.actions.push_back(std::move(action));
  }

  void add_payload() {
    add(step("payload", "unpack RPMs, charts and manifests", std::string(kMediaHint)),
        deliver::unpack_payload(in_.bundle, in_.parts, in_.node.roles));
    steps::Step& packages = step("packages", "install RPMs", "dnf's own log is /var/log/dnf.log");
    add(packages, actions::write_file({.path = std::string(deliver::kRepositoriesPath),
                                       .content = deliver::dnf_repositories(index_)}));
    // Programs fill these; rpm leaves what is not its own.
    for (const std::string folder :
         {"/etc/containerd", "/etc/cni", "/opt/cni", "/opt/containerd", "/etc/haproxy", "/etc/keepalived",
          "/var/lib/containerd", "/var/lib/haproxy", "/var/lib/chrony", "/var/lib/cni", "/var/lib/kubelet",
          "/etc/kubernetes"}) {
      add(packages, actions::own_folder(folder));
    }
    add(packages, deliver::install_rpms(index_, in_.node.roles));
    std::vector<std::unique_ptr<steps::Action>> files =
        deliver::place_files(in_.bundle, in_.parts, in_.node.roles);
    if (!files.empty()) {
      step("files", "put the bundle's files in place").actions = std::move(files);
    }
  }

  void add_host() {
    add(step("hosts", "name all nodes in /etc/hosts"),
        actions::write_block("/etc/hosts", cluster::hosts_block(in_.site, in_.node)));
    // After /etc/hosts: whoever asks for its own name must not have to ask the network.
    add(step("hostname", "name the host"), actions::set_hostname(in_.node.name));
    steps::Step& time = step("time", "set up the clock");
    add(time, actions::write_file(
                  {.path = "/etc/chrony.conf", .content = cluster::chrony_config(in_.site, in_.node)}));
    add(time, actions::set_unit("chronyd.service", actions::UnitState::enabled, "/etc/chrony.conf"));
    steps::Step& swap = step("swap", "turn swap off");
    add(swap, actions::comment_out("/etc/fstab", kSwapLines));
    add(swap, actions::turn_swap_off());
    steps::Step& modules = step("modules", "load kernel modules",
                                "a module that is not there belongs to kernel-modules of the running kernel");
    add(modules, actions::write_file(
                     {.path = "/etc/modules-load.d/bundle.conf", .content = "overlay\nbr_netfilter\n"}));
    add(modules, actions::load_modules({"overlay", "br_netfilter"}));
    add_sysctls();
    add_policies();
  }

  void add_sysctls() {
    const std::map<std::string, std::string> values{{"net.bridge.bridge-nf-call-iptables", "1"},
                                                    {"net.bridge.bridge-nf-call-ip6tables", "1"},
                                                    {"net.ipv4.ip_forward", "1"},
                                                    {"fs.inotify.max_user_instances", "1024"},
                                                    {"fs.inotify.max_user_watches", "524288"}};
    std::string content;
    for (const auto& [name, value] : values) {
      content += fmt::format("{} = {}\n", name, value);
    }
    steps::Step& sysctl = step("sysctl", "set kernel parameters");
    add(sysctl, actions::write_file({.path = "/etc/sysctl.d/99-bundle.conf", .content = content}));
    add(sysctl, actions::set_sysctls("99-bundle.conf", values));
  }

  void add_policies() {
    if (in_.site.selinux == spec::Selinux::permissive) {
      steps::Step& selinux = step("selinux", "make SELinux permissive");
      add(selinux, actions::comment_out("/etc/selinux/config", kSelinuxEnforcing));
      add(selinux, actions::write_block("/etc/selinux/config", "SELINUX=permissive\n"));
      add(selinux, actions::make_selinux_permissive());
    }
    if (in_.site.firewall == spec::Firewall::disable) {
      add(step("firewall", "turn firewalld off"),
          actions::set_unit("firewalld.service", actions::UnitState::disabled));
    } else if (in_.site.firewall == spec::Firewall::keep_open) {
      const std::string endpoint = cluster::endpoint_of(in_.site, in_.node);
      add(step("firewall", "open firewalld for the cluster"),
          actions::open_firewall({.ports = {"6443/tcp", endpoint.substr(endpoint.rfind(':') + 1) + "/tcp",
                                            "2379-2380/tcp", "10250/tcp", "10257/tcp", "10259/tcp", "179/tcp",
                                            "8472/udp", "4789/udp", "30000-32767/tcp"},
                                  .protocols = {"vrrp", "ipip"},
                                  .trusted_networks = {in_.site.pod_subnet, in_.site.service_subnet}}));
    }
    if (host_.exists("/etc/NetworkManager/conf.d")) {
      add(step("network-manager", "keep NetworkManager off the pods' links"),
          actions::write_file({.path = "/etc/NetworkManager/conf.d/bundle.conf",
                               .content =
                                   "[keyfile]\nunmanaged-devices=interface-name:cali*;interface-name:tunl*;"
                                   "interface-name:vxlan.calico;"
                                   "interface-name:flannel*;interface-name:cni*;interface-name:veth*\n"}));
    }
  }

  void add_runtime() {
    steps::Step& containerd =
        step("containerd", "start containerd", "containerd --config /etc/containerd/config.toml config dump");
    add(containerd, actions::own_folder(in_.site.containerd_root));
    add(containerd, actions::write_file({.path = std::string(kContainerdConfig),
                                         .content = cluster::containerd_config(facts_, in_.site)}));
    add(containerd,
        actions::write_file(
            {.path = "/etc/crictl.yaml",
             .content = fmt::format("runtime-endpoint: {0}\nimage-endpoint: {0}\n", cluster::kCriSocket)}));
    add(containerd,
        actions::set_unit("containerd.service", actions::UnitState::enabled, std::string(kContainerdConfig)));
    add(containerd, actions::wait_for({.words = "containerd answers",
                                       .probe = {"ctr", "version"},
                                       .timeout = std::chrono::seconds(60),
                                       .diagnosis = {},
                                       .hint = "journalctl -u containerd"}));
    add(step("images", "import images", std::string(kMediaHint)),
        deliver::import_images(in_.bundle, in_.parts, in_.node.roles));
    steps::Step& kubelet = step("kubelet", "enable the kubelet");
    if (!facts_.has_name_server) {
      // Without any name server CoreDNS does not start; this one only refuses, at once.
      add(kubelet, actions::write_file({.path = "/etc/kubernetes/resolv.conf",
                                        .content = fmt::format("nameserver {}\n", in_.node.address)}));
    }
    add(kubelet, actions::enable_unit("kubelet.service"));
  }

  void add_load_balancer() {
    steps::Step& haproxy =
        step("haproxy", "balance the API servers", "haproxy -c -f /etc/haproxy/haproxy.cfg");
    add(haproxy, actions::write_file({.path = "/etc/haproxy/haproxy.cfg",
                                      .content = cluster::haproxy_config(in_.site, in_.node)}));
    add_boolean(haproxy, "haproxy_connect_any");
    add(haproxy,
        actions::set_unit("haproxy.service", actions::UnitState::enabled, "/etc/haproxy/haproxy.cfg"));
    steps::Step& keepalived =
        step("keepalived", "hold the virtual address", "keepalived -t -f /etc/keepalived/keepalived.conf");
    add(keepalived, actions::write_file({.path = std::string(cluster::kKeepalivedCheckPath),
                                         .content = cluster::keepalived_check(in_.site, in_.node),
                                         .mode = 0755}));
    add(keepalived, actions::write_file({.path = "/etc/keepalived/keepalived.conf",
                                         .content = cluster::keepalived_config(in_.site, in_.node),
                                         .mode = 0640}));
    add_boolean(keepalived, "keepalived_connect_any");
    add(keepalived, actions::set_unit("keepalived.service", actions::UnitState::enabled,
                                      "/etc/keepalived/keepalived.conf"));
    add(keepalived,
        actions::wait_for(
            {.words = fmt::format("this host holds {}", in_.site.vip->address),
             .probe = {"sh", "-c",
                       fmt::format("ip -4 -o address show | grep -qF ' {}/'", in_.site.vip->address)},
             .timeout = std::chrono::seconds(60),
             .diagnosis = {},
             .hint = "journalctl -u keepalived; another host may hold it, or answer with the same "
                     "virtualRouterId"}));
  }

  /// A switch of SELinux that the daemon needs to reach the API servers.
  void add_boolean(steps::Step& step, const std::string& name) const {
    if (!facts_.is_selinux_on) {
      return;
    }
    add(step, actions::run_command({.key = name,
                                    .argv = {"setsebool", "-P", name, "1"},
                                    .is_done =
                                        [name](const host::Host& host) {
                                          return host.ask({"getsebool", name}).out.ends_with("--> on\n");
                                        },
                                    .undo = {"setsebool", "-P", name, "0"}}));
  }

  void add_control_plane() {
    steps::Step& init = step("kubeadm-init", "make the control plane", "crictl ps -a; journalctl -u kubelet");
    for (const std::string folder : {"/var/lib/etcd", "/etc/cni/net.d", "/var/log/pods",
                                     "/var/log/containers", "/run/flannel", "/usr/libexec/kubernetes"}) {
      add(init, actions::own_folder(folder));
    }
    add(init, actions::write_file({.path = std::string(kKubeadmConfig),
                                   .content = cluster::kubeadm_config(facts_, in_.site, in_.node),
                                   .mode = 0600}));
    add(init, cluster::kubeadm_init(std::string(kKubeadmConfig), in_.node.name));
    steps::Step& kubeconfig = step("kubeconfig", "let root use kubectl");
    add(kubeconfig, actions::copy_file(std::string(cluster::kAdminConf), "/root/.kube/config", 0600));
    add(kubeconfig, actions::own_folder("/root/.kube/cache"));
    if (!in_.node.labels.empty()) {
      add_labels(step("labels", "label the node"));
    }
  }

  void add_labels(steps::Step& step) const {
    for (const auto& [key, value] : in_.node.labels) {
      const std::string pair = key + "=" + value;
      add(step, actions::run_command(
                    {.key = "label " + key,
                     .argv = cluster::kubectl({"label", "--overwrite", "node", in_.node.name, pair}),
                     .is_done =
                         [pair, name = in_.node.name](const host::Host& host) {
                           return !host.ask(cluster::kubectl({"get", "node", "-l", pair, "-o", "name"}))
                                       .out.empty();
                         },
                     .undo = {}}));
    }
  }

  const host::Host& host_;
  const PlanInput& in_;
  const format::Index& index_;
  cluster::ClusterFacts facts_;
  steps::Plan plan_;
};

}  // namespace

steps::Plan make_plan(const host::Host& host, const PlanInput& input) {
  if (!input.node.roles.contains("master")) {
    throw Error(ErrorKind::usage,
                fmt::format("this version makes the first master only, not a node of role {}",
                            join({input.node.roles.begin(), input.node.roles.end()}, ",")),
                "bundle install DIR --role master");
  }
  return Planner(host, input).plan();
}

}  // namespace bundle::install
