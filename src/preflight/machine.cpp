#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "host/facts.hpp"
#include "preflight/inspection.hpp"

namespace bundle::preflight {
namespace {

// Of kubeadm 1.34 (cmd/kubeadm/app/preflight/checks.go, constants.go).
constexpr std::uint64_t kMasterCpus = 2;
constexpr std::uint64_t kMasterMemoryBytes = 1700ull << 20;
constexpr std::uint64_t kWorkerMemoryBytes = 1000ull << 20;
/// Below it nothing but the control plane finds room.
constexpr std::uint64_t kWantedMemoryBytes = 4000ull << 20;

void check_root(Inspection& look) {
  const std::string status = look.host.read("/proc/self/status").value_or("");
  for (const std::string_view line : split(status, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() >= 3 && words[0] == "Uid:" && words[2] != "0") {
      look.error("not-root", fmt::format("this program runs as user {}, and needs root", words[2]),
                 "run it with sudo");
    }
  }
}

void check_programs(Inspection& look) {
  struct Need {
    const char* program;
    const char* package;
  };
  constexpr std::array<Need, 9> kNeeds = {{{"dnf", "dnf"},
                                           {"rpm", "rpm"},
                                           {"ip", "iproute"},
                                           {"systemctl", "systemd"},
                                           {"sysctl", "procps-ng"},
                                           {"modprobe", "kmod"},
                                           {"mount", "util-linux"},
                                           {"swapoff", "util-linux"},
                                           {"hostnamectl", "systemd"}}};
  for (const Need& need : kNeeds) {
    if (!look.has_program(need.program)) {
      look.error(
          "program-absent",
          fmt::format("there is no program '{}' (package {}) on this host", need.program, need.package),
          fmt::format("install {} from the medium that the host was installed from", need.package));
    }
  }
  if (!look.host.exists("/run/systemd/system")) {
    look.error("no-systemd", "this host was not started by systemd (no /run/systemd/system)",
               "install on a host or virtual machine that boots with systemd");
  }
}

/// Kubernetes and containers want iptables; kubeadm has stopped looking for it.
void check_iptables(Inspection& look) {
  const bool is_brought = look.brings_package("iptables-nft") || look.brings_package("iptables") ||
                          look.brings_package("iptables-legacy");
  if (!look.has_program("iptables") && !is_brought) {
    look.error("program-absent", "there is no program 'iptables', and the bundle brings no package with it",
               "install iptables-nft from the medium that the host was installed from");
  }
}

/// It lets programs of packages run, and no others: rules for ours come with the installation, where it keeps
/// them in files (1.1 and later).
void check_fapolicyd(Inspection& look) {
  if (!look.is_running("fapolicyd")) {
    return;
  }
  if (look.host.exists("/etc/fapolicyd/rules.d")) {
    look.warning("fapolicyd",
                 "fapolicyd runs: the installation gives it rules for what comes from no package, in "
                 "/etc/fapolicyd/rules.d, and restarts it",
                 "nothing to do; bundle install --dry-run shows the rules");
    return;
  }
  constexpr std::string_view kOurs = "dir=/var/lib/bundle/bin/";
  if (look.host.read("/etc/fapolicyd/fapolicyd.rules").value_or("").find(kOurs) == std::string::npos) {
    look.error(
        "fapolicyd",
        "fapolicyd runs, and this version has all its rules in one file: helm and the programs of the "
        "pods' network, which come from no package, would not run",
        "before the first deny in /etc/fapolicyd/fapolicyd.rules write the lines 'allow perm=any all : "
        "DIR' with each of dir=/var/lib/bundle/bin/ dir=/opt/cni/bin/ dir=/var/lib/kubelet/ as DIR; then "
        "systemctl restart fapolicyd");
  }
}

void check_processor(Inspection& look) {
  const host::Cpu cpu = host::host_cpu(look.host);
  if (look.is_master() && cpu.count < kMasterCpus) {
    look.error("few-cpus", fmt::format("this host has {} CPU, a master needs {}", cpu.count, kMasterCpus),
               "give the machine another CPU");
  }
  // The level that images made from RHEL 9 (ubi9) are compiled for. lm is 64 bits; the rest is x86-64-v2 of
  // the x86-64 psABI.
  constexpr std::array kV2 = {"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"};
  std::vector<std::string> lacking;
  for (const char* flag : kV2) {
    if (!cpu.flags.contains(flag)) {
      lacking.emplace_back(flag);
    }
  }
  if (look.index.arch == "x86_64" && !lacking.empty()) {
    look.error(
        "old-cpu",
        fmt::format(
            "the processor is not x86-64-v2, which images made from EL 9 are compiled for: it lacks {}",
            join(lacking, ", ")),
        "in a virtual machine set the CPU model to 'host'; else use a newer machine");
  }
}

void check_memory(Inspection& look) {
  const std::uint64_t have = host::memory_bytes(look.host);
  const std::uint64_t least = look.is_master() ? kMasterMemoryBytes : kWorkerMemoryBytes;
  if (have < least) {
    look.error("little-memory",
               fmt::format("this host has {} of memory, at least {} are needed", format_size(have),
                           format_size(least)),
               "give the machine more memory");
  } else if (have < kWantedMemoryBytes) {
    look.warning(
        "little-memory",
        fmt::format("this host has {} of memory; below {} little beside Kubernetes itself finds room",
                    format_size(have), format_size(kWantedMemoryBytes)),
        "give the machine more memory");
  }
}

/// The kubelet does not start when it is to keep more than there is. Source: Kubernetes'
/// pkg/kubelet/cm/node_container_manager_linux.go, validateNodeAllocatable.
void check_reserved(Inspection& look) {
  const std::uint64_t cpus = site::reserved_cpu(look.node.kubelet);
  const std::uint64_t memory = site::reserved_memory(look.node.kubelet);
  if (const std::uint64_t have = host::host_cpu(look.host).count; cpus >= have * 1000 && cpus > 0) {
    look.error("kubelet-reserved",
               fmt::format("the site file keeps {}m of CPUs free on this host, which has {}", cpus, have),
               "in the site file, in 'kubelet' of this node: less than it has");
  }
  if (const std::uint64_t have = host::memory_bytes(look.host); memory >= have && memory > 0) {
    look.error("kubelet-reserved",
               fmt::format("the site file keeps {} of memory free on this host, which has {}",
                           format_size(memory), format_size(have)),
               "in the site file, in 'kubelet' of this node: less than it has");
  }
}

/// Source: Kubernetes' cmd/kubelet/app/server.go, getReservedCPUs.
void check_reserved_cpus(Inspection& look) {
  const std::string list = json::text_at(look.node.kubelet, "reservedSystemCPUs");
  const std::string online = look.host.read("/sys/devices/system/cpu/online").value_or("");
  const std::optional<std::vector<std::uint64_t>> there = spec::parse_cpu_list(online);
  const std::vector<std::uint64_t> wanted = spec::parse_cpu_list(list).value_or(std::vector<std::uint64_t>());
  if (there && !std::includes(there->begin(), there->end(), wanted.begin(), wanted.end())) {
    look.error("kubelet-cpus",
               fmt::format("the site file keeps the CPUs {} free on this host, which has {}", list, online),
               "in the site file, in 'kubelet' of this node: reservedSystemCPUs of those that it has");
  }
}

/// Source: Kubernetes' pkg/kubelet/cm/memorymanager/memory_manager.go, getTotalMemoryTypeReserved.
void check_numa_nodes(Inspection& look) {
  for (const json::Value& row : site::reserved_by_numa_node(look.node.kubelet)) {
    const std::int64_t number = json::number_at(row, "numaNode");
    // A kernel without NUMA has no such folder, and counts as one node.
    if (number != 0 && !look.host.exists(fmt::format("/sys/devices/system/node/node{}", number))) {
      look.error(
          "kubelet-numa",
          fmt::format("the site file keeps memory of NUMA node {} free, which this host lacks", number),
          "in the site file, in 'kubelet' of this node: reservedMemory of those that `lscpu` shows");
    }
  }
}

}  // namespace

std::vector<NamedCheck> machine_checks() {
  return {{"the user", check_root},
          {"the programs of the host", check_programs},
          {"iptables", check_iptables},
          {"fapolicyd", check_fapolicyd},
          {"the processor", check_processor},
          {"the memory", check_memory},
          {"what is reserved for the system", check_reserved},
          {"the CPUs of the system", check_reserved_cpus},
          {"the NUMA nodes", check_numa_nodes}};
}

}  // namespace bundle::preflight
