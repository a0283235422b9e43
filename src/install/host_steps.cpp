#include "install/host_steps.hpp"

#include <map>

#include "actions/files.hpp"
#include "actions/firewall.hpp"
#include "actions/folders.hpp"
#include "actions/hostname.hpp"
#include "actions/kernel.hpp"
#include "actions/lines.hpp"
#include "actions/selinux.hpp"
#include "actions/units.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/data_folders.hpp"
#include "cluster/node_files.hpp"
#include "cluster/pod_network.hpp"
#include "cluster/ports.hpp"
#include "deliver/install_rpms.hpp"
#include "deliver/payload.hpp"

namespace bundle::install {
namespace {

bool is_swap_line(std::string_view line) {
  const std::vector<std::string_view> words = split_words(line);
  return words.size() >= 3 && !words[0].starts_with('#') && words[2] == "swap";
}

bool is_selinux_enforcing_line(std::string_view line) { return trim(line) == "SELINUX=enforcing"; }

constexpr actions::LineRule kSwapLines{.id = "swap", .words = "lines of swap", .is_unwanted = is_swap_line};
constexpr actions::LineRule kSelinuxEnforcing{
    .id = "selinux-enforcing", .words = "SELINUX=enforcing", .is_unwanted = is_selinux_enforcing_line};

void add_payload(steps::Plan& plan, const Opened& opened) {
  steps::Step& payload = plan.emplace_back(steps::Step{
      .id = "payload", .title = "unpack RPMs, charts and manifests", .hint = std::string(kMediaHint)});
  payload.add(deliver::unpack_payload(opened.verified, opened.parts, opened.node.roles));
  steps::Step& packages = plan.emplace_back(
      steps::Step{.id = "packages", .title = "install RPMs", .hint = "dnf's own log is /var/log/dnf.log"});
  packages.add(actions::write_file({.path = std::string(deliver::kRepositoriesPath),
                                    .content = deliver::dnf_repositories(opened.index())}));
  // Programs fill these; rpm leaves what is not its own.
  using Names = std::vector<std::string>;
  for (const auto& [folder, names] : std::initializer_list<std::pair<const char*, Names>>{
           {"/etc/containerd", {}},
           {"/etc/cni", {}},
           {"/opt/cni", {}},
           {"/opt/containerd", {}},
           {"/etc/haproxy", {}},
           {"/etc/keepalived", {}},
           {"/var/lib/containerd", cluster::containerd_names()},
           {"/var/lib/haproxy", {}},
           {"/var/lib/chrony", {}},
           {"/var/lib/cni", {}},
           {cluster::kKubeletFolder, cluster::kubelet_names()},
           {"/etc/kubernetes", {}}}) {
    packages.add(actions::own_folder(folder, names));
  }
  packages.add(deliver::install_rpms(opened.index(), opened.node.roles));
  std::vector<std::unique_ptr<steps::Action>> files =
      deliver::place_files(opened.verified, opened.parts, opened.node.roles);
  if (!files.empty()) {
    plan.push_back({.id = "files", .title = "put the bundle's files in place", .actions = std::move(files)});
  }
}

void add_identity(steps::Plan& plan, const Opened& opened) {
  steps::Step& hosts = plan.emplace_back(steps::Step{.id = "hosts", .title = "name all nodes in /etc/hosts"});
  hosts.add(actions::write_block("/etc/hosts", cluster::hosts_block(opened.site, opened.node)));
  // After /etc/hosts: whoever asks for its own name must not have to ask the network.
  steps::Step& hostname = plan.emplace_back(steps::Step{.id = "hostname", .title = "name the host"});
  hostname.add(actions::set_hostname(opened.node.name, "/etc/kubernetes/kubelet.conf"));
  steps::Step& time = plan.emplace_back(steps::Step{.id = "time", .title = "set up the clock"});
  time.add(actions::write_file(
      {.path = "/etc/chrony.conf", .content = cluster::chrony_config(opened.site, opened.node)}));
  time.add(actions::set_unit("chronyd.service", actions::UnitState::enabled, "/etc/chrony.conf"));
}

void add_kernel(steps::Plan& plan) {
  steps::Step& swap = plan.emplace_back(steps::Step{.id = "swap", .title = "turn swap off"});
  swap.add(actions::comment_out("/etc/fstab", kSwapLines));
  swap.add(actions::turn_swap_off());
  steps::Step& modules = plan.emplace_back(
      steps::Step{.id = "modules",
                  .title = "load kernel modules",
                  .hint = "a module that is not there belongs to kernel-modules of the running kernel"});
  modules.add(
      actions::write_file({.path = "/etc/modules-load.d/bundle.conf", .content = "overlay\nbr_netfilter\n"}));
  modules.add(actions::load_modules({"overlay", "br_netfilter"}));
  const std::map<std::string, std::string> values{{"net.bridge.bridge-nf-call-iptables", "1"},
                                                  {"net.bridge.bridge-nf-call-ip6tables", "1"},
                                                  {"net.ipv4.ip_forward", "1"},
                                                  {"fs.inotify.max_user_instances", "1024"},
                                                  {"fs.inotify.max_user_watches", "524288"}};
  std::string content;
  for (const auto& [name, value] : values) {
    content += fmt::format("{} = {}\n", name, value);
  }
  steps::Step& sysctl = plan.emplace_back(steps::Step{.id = "sysctl", .title = "set kernel parameters"});
  sysctl.add(actions::write_file({.path = "/etc/sysctl.d/99-bundle.conf", .content = content}));
  sysctl.add(actions::set_sysctls("99-bundle.conf", values));
}

/// Source: NetworkManager.conf(5), "Device List Format".
std::string unmanaged_devices(const format::Index& index) {
  std::vector<std::string> devices;
  for (const std::string& link : cluster::pod_network(index).links) {
    devices.push_back("interface-name:" + link);
  }
  devices.emplace_back("interface-name:veth*");
  return "[keyfile]\nunmanaged-devices=" + join(devices, ";") + "\n";
}

void add_policies(steps::Plan& plan, const host::Host& host, const Opened& opened) {
  if (opened.site.selinux == spec::Selinux::permissive) {
    steps::Step& selinux =
        plan.emplace_back(steps::Step{.id = "selinux", .title = "make SELinux permissive"});
    selinux.add(actions::comment_out("/etc/selinux/config", kSelinuxEnforcing));
    selinux.add(actions::write_block("/etc/selinux/config", "SELINUX=permissive\n"));
    selinux.add(actions::make_selinux_permissive());
  }
  if (opened.site.firewall == spec::Firewall::disable) {
    steps::Step& firewall = plan.emplace_back(steps::Step{.id = "firewall", .title = "turn firewalld off"});
    firewall.add(actions::set_unit("firewalld.service", actions::UnitState::disabled));
  } else if (opened.site.firewall == spec::Firewall::keep_open) {
    steps::Step& firewall =
        plan.emplace_back(steps::Step{.id = "firewall", .title = "open firewalld for the cluster"});
    firewall.add(actions::open_firewall(
        {.ports = cluster::open_ports(cluster::ports_of(opened.index(), opened.site, opened.node)),
         .protocols = cluster::ip_protocols_of(opened.index(), opened.site, opened.node),
         .trusted_networks = {opened.site.pod_subnet, opened.site.service_subnet}}));
  }
  if (host.exists("/etc/NetworkManager/conf.d")) {
    steps::Step& manager = plan.emplace_back(
        steps::Step{.id = "network-manager", .title = "keep NetworkManager off the pods' links"});
    manager.add(actions::write_file(
        {.path = "/etc/NetworkManager/conf.d/bundle.conf", .content = unmanaged_devices(opened.index())}));
  }
}

}  // namespace

steps::Plan host_steps(const host::Host& host, const Opened& opened) {
  steps::Plan plan;
  add_payload(plan, opened);
  add_identity(plan, opened);
  add_kernel(plan);
  add_policies(plan, host, opened);
  return plan;
}

}  // namespace bundle::install
