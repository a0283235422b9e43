#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "cluster/node_files.hpp"
#include "host/facts.hpp"
#include "host/host.hpp"
#include "host/kernel.hpp"
#include "host/swap.hpp"
#include "preflight/inspection.hpp"

namespace bundle::preflight {
namespace {

constexpr std::uint64_t kNoCgroupV1Minor = 35;  // kubelet refuses cgroup v1 from Kubernetes 1.35 on
constexpr std::uint64_t kKernelWarningMinor =
    34;  // from here on an unlisted kernel is kubeadm's warning only
constexpr std::uint64_t kKernelErrorMinor = 32;

struct KernelVersion {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  auto operator<=>(const KernelVersion&) const = default;
};

KernelVersion kernel_version(const std::string& release) {
  const std::vector<std::string_view> numbers = split(release, '.');
  const auto number = [&](std::size_t i) {
    const std::string_view text = i < numbers.size() ? numbers[i] : "";
    return parse_unsigned(text.substr(0, text.find_first_not_of("0123456789"))).value_or(0);
  };
  return {.major = number(0), .minor = number(1)};
}

/// Source: kubernetes/system-validators v1.10 (kernel versions 5.4, 5.10, 5.15 and from 6 on).
bool is_listed(const KernelVersion& kernel) {
  return kernel.major >= 6 ||
         (kernel.major == 5 && (kernel.minor == 4 || kernel.minor == 10 || kernel.minor == 15));
}

void check_kernel(Inspection& look) {
  const std::string release = host::kernel_release(look.host);
  const KernelVersion kernel = kernel_version(release);
  const std::uint64_t minor = look.kubernetes_minor().value_or(0);
  if (kernel < KernelVersion{4, 18}) {
    look.error("old-kernel", fmt::format("the kernel is {}, at least 4.18 is needed", release),
               "boot a newer kernel: grubby --info=ALL");
  } else if (!is_listed(kernel) && minor >= kKernelErrorMinor && minor < kKernelWarningMinor) {
    look.error(
        "kernel-not-listed",
        fmt::format("kubeadm of Kubernetes 1.{} refuses the kernel {} (it takes 5.4, 5.10, 5.15 and 6)",
                    minor, release),
        "use a bundle with Kubernetes 1.34 or later, or boot one of these kernels");
  } else if (kernel < KernelVersion{5, 4}) {
    look.warning("kernel-not-listed",
                 fmt::format("Kubernetes is tested with kernels from 5.4 on, this one is {}", release),
                 "EL 8 runs; for support use EL 9");
  }
}

std::vector<std::string> lacking_v1(const host::Host& host) {
  std::vector<std::string> lacking;
  const std::string text = host.read("/proc/cgroups").value_or("");
  for (const std::string name : {"cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids"}) {
    bool is_on = false;
    for (const std::string_view line : split(text, '\n')) {
      const std::vector<std::string_view> words = split_words(line);
      is_on = is_on || (words.size() == 4 && words[0] == name && words[3] == "1");
    }
    if (!is_on) {
      lacking.push_back(name);
    }
  }
  return lacking;
}

std::vector<std::string> lacking_v2(const std::string& controllers) {
  const std::vector<std::string_view> words = split_words(controllers);
  std::vector<std::string> lacking;
  for (const char* name : {"cpu", "cpuset", "memory", "pids"}) {
    if (std::find(words.begin(), words.end(), name) == words.end()) {
      lacking.emplace_back(name);
    }
  }
  return lacking;
}

void check_cgroups(Inspection& look) {
  const std::optional<std::string> unified = look.host.read("/sys/fs/cgroup/cgroup.controllers");
  const std::vector<std::string> lacking = unified ? lacking_v2(*unified) : lacking_v1(look.host);
  if (!lacking.empty()) {
    look.error(
        "cgroup-controllers",
        fmt::format("the kernel lacks cgroup controllers that kubelet needs: {}", join(lacking, ", ")),
        "take cgroup_disable=… off the kernel's command line (/proc/cmdline, grubby --info=ALL) and reboot");
  }
  if (unified) {
    return;
  }
  const std::uint64_t minor = look.kubernetes_minor().value_or(0);
  const std::string fix =
      "grubby --update-kernel=ALL --args=systemd.unified_cgroup_hierarchy=1 && systemctl reboot";
  if (minor >= kNoCgroupV1Minor) {
    look.error("cgroup-v1", fmt::format("this host has cgroup v1, and Kubernetes 1.{} wants v2", minor), fix);
  } else {
    look.warning("cgroup-v1",
                 "this host has cgroup v1: this Kubernetes still runs on it, 1.35 and later do not", fix);
  }
}

void check_modules(Inspection& look) {
  for (const std::string name : {"overlay", "br_netfilter", "nf_conntrack"}) {
    if (host::has_module(look.host, name)) {
      continue;
    }
    // -n looks the module up and loads nothing.
    const std::optional<CommandResult> found = look.try_ask({"modprobe", "-n", name});
    if (!found || found->status != 0) {
      const std::string release = host::kernel_release(look.host);
      look.error("module-absent", fmt::format("the kernel {} has no module {}", release, name),
                 fmt::format("dnf install kernel-modules-{0}, or boot the newest installed kernel", release));
    }
  }
}

/// Files that win over the installer's own in /etc/sysctl.d set something else at each boot.
void check_sysctl_overrides(Inspection& look) {
  for (const host::Sysctl& wanted : cluster::kernel_parameters()) {
    const std::string file = host::overriding_file(look.host, wanted);
    const std::string base = std::filesystem::path(file).filename().string();
    if (file == "/etc/sysctl.conf" || base > cluster::kSysctlFile) {
      look.error("sysctl-override",
                 fmt::format("{} sets {} to another value than {}{}, after the installer's file", file,
                             wanted.name, wanted.at_least ? "at least " : "", wanted.value),
                 fmt::format("take that line out of {}", file));
    }
  }
}

void check_rp_filter(Inspection& look) {
  if (look.host.read("/proc/sys/net/ipv4/conf/all/rp_filter") != "1") {
    return;
  }
  for (const format::Component& component : look.index.components) {
    if (component.network && component.network->rp_filter == "loose") {
      look.warning(
          "rp-filter",
          fmt::format("net.ipv4.conf.all.rp_filter is 1 (strict): packets of {} that come back another way "
                      "are dropped",
                      component.name),
          "sysctl -w net.ipv4.conf.all.rp_filter=2, and the same in /etc/sysctl.d");
    }
  }
}

/// What turns swap on at boot, in words.
std::vector<std::string> swap_sources(const host::Host& host) {
  std::vector<std::string> sources;
  const std::string fstab = host.read("/etc/fstab").value_or("");
  const std::vector<std::string_view> lines = split(fstab, '\n');
  if (std::any_of(lines.begin(), lines.end(), host::is_swap_line)) {
    sources.emplace_back("/etc/fstab");
  }
  for (const host::SwapUnit& unit : host::units_at_boot(host, host::swap_units(host))) {
    sources.push_back(unit.name);
  }
  return sources;
}

void check_swap(Inspection& look) {
  const std::string areas = join(host::swap_devices(look.host), ", ");
  if (areas.empty()) {
    return;
  }
  if (const std::vector<std::string> sources = swap_sources(look.host); !sources.empty()) {
    look.warning("swap",
                 fmt::format("swap is on ({}); the installation turns it off, and keeps it off at boot ({})",
                             areas, join(sources, ", ")),
                 "nothing to do; beforehand by hand: swapoff -a");
    return;
  }
  look.warning(
      "swap",
      fmt::format("swap is on ({}); the installation turns it off, but neither /etc/fstab nor a unit "
                  "of systemd says what turned it on: when that happens again at the next boot, the "
                  "kubelet does not start",
                  areas),
      "find it and take it out: grep -rls swapon /etc /usr/local /opt");
}

void check_selinux(Inspection& look) {
  const std::optional<std::string> enforce = look.host.read("/sys/fs/selinux/enforce");
  if (enforce == "1" && look.site.selinux == site::Selinux::keep) {
    const bool has_policy = look.host.exists("/usr/share/selinux/packages/container.pp.bz2") ||
                            look.host.exists("/usr/share/selinux/packages/targeted/container.pp.bz2");
    if (!has_policy && !look.brings_package("container-selinux")) {
      look.error("no-container-selinux",
                 "SELinux enforces, but neither this host nor the bundle has container-selinux: containers "
                 "would be denied "
                 "their own files",
                 "add container-selinux to rpms: in versions.yml, or 'selinux: permissive' to the site file");
    }
  }
  const std::string config = "\n" + look.host.read("/etc/selinux/config").value_or("");
  const bool is_disabled = !enforce && config.find("\nSELINUX=disabled") != std::string::npos;
  if (is_disabled) {
    look.warning(
        "selinux-disabled",
        "SELinux is disabled in /etc/selinux/config; NVIDIA's GPU operator wants it at least permissive",
        "SELINUX=permissive there, touch /.autorelabel and reboot");
  }
}

}  // namespace

std::vector<NamedCheck> kernel_checks() {
  return {{"the kernel's version", check_kernel},
          {"the cgroups", check_cgroups},
          {"the kernel's modules", check_modules},
          {"the kernel's parameters", check_sysctl_overrides},
          {"rp_filter", check_rp_filter},
          {"swap", check_swap},
          {"SELinux", check_selinux}};
}

}  // namespace bundle::preflight
