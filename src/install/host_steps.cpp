#include "install/host_steps.hpp"

#include <string>
#include <vector>

#include "actions/boot_kernel.hpp"
#include "actions/fapolicyd.hpp"
#include "actions/files.hpp"
#include "actions/firewall.hpp"
#include "actions/folders.hpp"
#include "actions/hostname.hpp"
#include "actions/keep.hpp"
#include "actions/kernel.hpp"
#include "actions/lines.hpp"
#include "actions/selinux.hpp"
#include "actions/swap.hpp"
#include "actions/units.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/data_folders.hpp"
#include "cluster/load_balancer.hpp"
#include "cluster/node_files.hpp"
#include "cluster/pod_network.hpp"
#include "cluster/ports.hpp"
#include "deliver/dnf.hpp"
#include "deliver/install_rpms.hpp"
#include "deliver/payload.hpp"
#include "format/index.hpp"
#include "host/chrony.hpp"
#include "host/facts.hpp"
#include "host/kernel.hpp"
#include "host/state_folder.hpp"
#include "host/swap.hpp"

namespace bundle::install {
namespace {

bool is_selinux_enforcing_line(std::string_view line) { return trim(line) == "SELINUX=enforcing"; }

constexpr actions::LineRule kSwapLines{
    .id = "swap", .words = "lines of swap", .is_unwanted = host::is_swap_line};
constexpr actions::LineRule kSelinuxEnforcing{
    .id = "selinux-enforcing", .words = "SELINUX=enforcing", .is_unwanted = is_selinux_enforcing_line};

const actions::ModuleFor kGpuModule{.module = "nvidia", .rival = "nouveau"};

bool brings_driver(const Opened& opened) {
  return opened.node.roles.contains("gpu") && opened.site.gpu_driver == site::GpuDriver::rpm;
}

/// Before the packages: an initramfs that they make is without nouveau as well.
/// Source: modprobe.d(5), dracut.conf(5).
void keep_nouveau_out(steps::Step& packages) {
  packages.add(actions::write_file({.path = "/etc/modprobe.d/bundle-nouveau.conf",
                                    .content = "blacklist nouveau\noptions nouveau modeset=0\n"}));
  packages.add(actions::write_file(
      {.path = "/etc/dracut.conf.d/bundle-nouveau.conf", .content = "omit_drivers+=\" nouveau \"\n"}));
}

void add_gpu_driver(steps::Plan& plan, const host::Host& host) {
  steps::Step& step = plan.emplace_back(
      steps::Step{.id = "gpu-driver",
                  .title = "load NVIDIA's driver",
                  .hint = "journalctl -k | grep -i -e nvidia -e nvrm; with Secure Boot: mokutil --sb-state"});
  if (host::host_gpus(host).empty()) {
    step.add(actions::keep("NVIDIA's driver", "not loaded: there is no GPU yet"));
  } else {
    step.add(actions::load_driver(kGpuModule));
  }
}

void add_payload(steps::Plan& plan, const host::Host& host, const Opened& opened) {
  steps::Step& payload = plan.emplace_back(steps::Step{
      .id = "payload", .title = "unpack RPMs, charts and manifests", .hint = std::string(kMediaHint)});
  payload.add(deliver::unpack_payload(opened.verified, opened.parts, opened.node.roles));
  if (opened.node.roles.contains("master")) {
    payload.add(deliver::keep_index(opened.verified));
    payload.add(deliver::keep_installer(opened.verified));
  }
  steps::Step& packages = plan.emplace_back(
      steps::Step{.id = "packages", .title = "install RPMs", .hint = "dnf's own log is /var/log/dnf.log"});
  const deliver::DnfFolders folders;
  packages.add(actions::write_file(
      {.path = folders.configuration_path(), .content = deliver::dnf_configuration(folders)}));
  packages.add(actions::write_file(
      {.path = folders.repositories_path(), .content = deliver::dnf_repositories(opened.index(), folders)}));
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
  if (brings_driver(opened)) {
    keep_nouveau_out(packages);
  }
  packages.add(deliver::install_rpms(opened.index(), opened.node.roles));
  if (brings_driver(opened)) {
    packages.add(actions::boot_kernel_with(kGpuModule));
    add_gpu_driver(plan, host);
  }
  std::vector<std::unique_ptr<steps::Action>> files =
      deliver::place_files(opened.verified, opened.parts, opened.node.roles);
  if (!files.empty()) {
    plan.push_back({.id = "files", .title = "put the bundle's files in place", .actions = std::move(files)});
  }
}

/// Programs that come from no package: ours, the site's, those of the pods' network. Containers' own files
/// lie on overlays, which fapolicyd does not watch; volumes of pods do not.
void add_fapolicyd(steps::Plan& plan, const host::Host& host, const Opened& opened) {
  if (!actions::has_fapolicyd(host)) {
    return;
  }
  actions::AllowedPrograms programs{
      .folders = {host::payload_path("bin"), "/opt/cni/bin", "/var/lib/kubelet"}};
  if (opened.node.lb && opened.site.vip) {
    programs.files.emplace_back(cluster::kKeepalivedCheckPath);
  }
  constexpr unsigned kExecutable = 0111;
  for (const format::File& file : opened.index().files) {
    if (!file.to.empty() && (file.mode & kExecutable) != 0 && format::is_for(file.roles, opened.node.roles)) {
      programs.files.push_back(file.to);
    }
  }
  steps::Step& step =
      plan.emplace_back(steps::Step{.id = "fapolicyd", .title = "let fapolicyd run what no package has"});
  step.add(actions::allow_programs(programs));
}

void add_identity(steps::Plan& plan, const Opened& opened) {
  steps::Step& hosts = plan.emplace_back(steps::Step{.id = "hosts", .title = "name all nodes in /etc/hosts"});
  hosts.add(actions::write_block("/etc/hosts", cluster::hosts_block(opened.site, opened.node)));
  // After /etc/hosts: whoever asks for its own name must not have to ask the network.
  steps::Step& hostname = plan.emplace_back(steps::Step{.id = "hostname", .title = "name the host"});
  hostname.add(actions::set_hostname(opened.node.name, "/etc/kubernetes/kubelet.conf"));
}

void add_time(steps::Plan& plan, const host::Host& host, const Opened& opened) {
  const std::string config(host::kChronyConfig);
  if (!opened.site.time_servers) {
    const std::vector<std::string> sources = host::chrony_sources(host);
    steps::Step& time = plan.emplace_back(steps::Step{.id = "time", .title = "leave the clock to this host"});
    time.add(actions::keep(config,
                           fmt::format("the host's time service stays as it is ({}); 'time:' in the site "
                                       "file would set chrony up",
                                       sources.empty() ? "no server is named there" : join(sources, ", "))));
    return;
  }
  steps::Step& time = plan.emplace_back(steps::Step{.id = "time", .title = "set up the clock"});
  time.add(
      actions::write_file({.path = config, .content = cluster::chrony_config(opened.site, opened.node)}));
  time.add(actions::set_unit("chronyd.service", actions::UnitState::enabled, config));
}

void add_kernel(steps::Plan& plan) {
  steps::Step& swap = plan.emplace_back(steps::Step{.id = "swap", .title = "turn swap off"});
  swap.add(actions::comment_out("/etc/fstab", kSwapLines));
  swap.add(actions::turn_swap_off());
  swap.add(actions::keep_swap_off());
  steps::Step& modules = plan.emplace_back(
      steps::Step{.id = "modules",
                  .title = "load kernel modules",
                  .hint = "a module that is not there belongs to kernel-modules of the running kernel"});
  modules.add(
      actions::write_file({.path = "/etc/modules-load.d/bundle.conf", .content = "overlay\nbr_netfilter\n"}));
  modules.add(actions::load_modules({"overlay", "br_netfilter"}));
}

void add_parameters(steps::Plan& plan, const host::Host& host) {
  std::vector<host::Sysctl> needed;
  std::string content;
  steps::Step& sysctl = plan.emplace_back(steps::Step{.id = "sysctl", .title = "set kernel parameters"});
  for (const host::Sysctl& one : cluster::kernel_parameters()) {
    if (host::has_more(host, one, cluster::kSysctlFile)) {
      sysctl.add(
          actions::keep(one.name, fmt::format("{} of this host; at least {} is needed",
                                              host.read(host::proc_path(one.name)).value_or(""), one.value)));
    } else {
      content += fmt::format("{} = {}\n", one.name, one.value);
      needed.push_back(one);
    }
  }
  sysctl.add(actions::write_file(
      {.path = fmt::format("/etc/sysctl.d/{}", cluster::kSysctlFile), .content = content}));
  sysctl.add(actions::set_sysctls(std::string(cluster::kSysctlFile), std::move(needed)));
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

actions::FirewallOpenings firewall_openings(const host::Host& host, const Opened& opened) {
  actions::FirewallOpenings openings{
      .ports = cluster::open_ports(cluster::ports_of(opened.index(), opened.site, opened.node)),
      .protocols = cluster::ip_protocols_of(opened.index(), opened.site, opened.node),
      .trusted_networks = {opened.site.pod_subnet, opened.site.service_subnet},
      .interface = opened.node.interface};
  for (const site::SiteNode& node : opened.site.nodes) {
    if (node.name != opened.node.name) {
      openings.peers.push_back(node.address);
    }
  }
  openings.zones = actions::open_zones(host, openings);
  return openings;
}

void add_policies(steps::Plan& plan, const host::Host& host, const Opened& opened) {
  if (opened.site.selinux == site::Selinux::permissive) {
    steps::Step& selinux =
        plan.emplace_back(steps::Step{.id = "selinux", .title = "make SELinux permissive"});
    selinux.add(actions::comment_out("/etc/selinux/config", kSelinuxEnforcing));
    selinux.add(actions::write_block("/etc/selinux/config", "SELINUX=permissive\n"));
    selinux.add(actions::make_selinux_permissive());
  }
  if (opened.site.firewall == site::Firewall::disable) {
    steps::Step& firewall = plan.emplace_back(steps::Step{.id = "firewall", .title = "turn firewalld off"});
    firewall.add(actions::set_unit("firewalld.service", actions::UnitState::disabled));
  } else if (opened.site.firewall == site::Firewall::keep_open) {
    steps::Step& firewall =
        plan.emplace_back(steps::Step{.id = "firewall", .title = "open firewalld for the cluster"});
    firewall.add(actions::open_firewall(firewall_openings(host, opened)));
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
  add_payload(plan, host, opened);
  add_fapolicyd(plan, host, opened);
  add_identity(plan, opened);
  add_time(plan, host, opened);
  add_kernel(plan);
  add_parameters(plan, host);
  add_policies(plan, host, opened);
  return plan;
}

}  // namespace bundle::install
