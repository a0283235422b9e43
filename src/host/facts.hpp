#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "host/host.hpp"
#include "spec/ipv4.hpp"

namespace bundle::host {

/// An IPv4 address of this host with the interface that has it.
struct HostAddress {
  std::string interface;
  spec::Ipv4Network network;  ///< the address itself with its prefix
};

/// /etc/os-release, as far as the installer looks at it.
struct OsRelease {
  std::string id;
  std::string version_id;
  std::vector<std::string> id_like;
  std::string platform_id;
  std::string pretty_name;
};

/// Source: os-release(5).
OsRelease parse_os_release(std::string_view text);
OsRelease os_release(const Host& host);

/// What `ip -j -4 WORDS…` prints: an array, empty when it is none. Throws Error(step) when it fails.
json::Array ip_rows(const Host& host, std::vector<std::string> words);

constexpr std::string_view kResolvConf = "/etc/resolv.conf";
/// Where systemd-resolved keeps the servers that it asks, for those who cannot ask it.
constexpr std::string_view kResolvedConf = "/run/systemd/resolve/resolv.conf";

/// The name servers of such a file; one on the loopback serves no pod.
std::vector<std::string> name_servers(const Host& host, std::string_view file = kResolvConf);
bool is_loopback_server(std::string_view server);
/// The first of these two files that names a server which pods can reach; empty when neither does.
std::string resolver_file(const Host& host);

/// What is swapped to now: files and devices.
std::vector<std::string> swap_devices(const Host& host);

/// Every global IPv4 address, in the order of `ip -j -4 address`.
std::vector<HostAddress> host_addresses(const Host& host);

/// The interface of the default route, empty when there is none.
std::string default_interface(const Host& host);

/// Name of this host, as the kernel has it.
std::string host_name(const Host& host);

/// `5.14.0-503.el9.x86_64`.
std::string kernel_release(const Host& host);

/// `x86_64`.
std::string host_arch(const Host& host);

struct Cpu {
  std::uint64_t count = 0;
  std::string model;
  std::set<std::string, std::less<>> flags;  ///< of the first one
};
Cpu host_cpu(const Host& host);

std::uint64_t memory_bytes(const Host& host);
/// What programs can still have (MemAvailable).
std::uint64_t available_memory_bytes(const Host& host);

struct Disk {
  std::string name;
  std::string model;
  std::uint64_t size_bytes = 0;
  bool is_rotating = false;
};
std::vector<Disk> host_disks(const Host& host);

/// A device on the PCI bus, as sysfs writes it.
struct PciDevice {
  std::string address;       ///< 0000:3b:00.0
  std::string vendor;        ///< 0x10de
  std::string device;        ///< 0x20b0
  std::string device_class;  ///< 0x030200
};
std::vector<PciDevice> pci_devices(const Host& host);

/// A display or 3D controller of anybody.
bool is_display(const PciDevice& device);

constexpr std::string_view kNvidiaVendor = "0x10de";

/// An NVIDIA device: a display or 3D controller.
struct Gpu {
  std::string address;         ///< on the PCI bus
  std::string device;          ///< 0x20b0
  std::string driver;          ///< bound to it, or empty
  std::string driver_version;  ///< 580.159.04; empty unless NVIDIA's driver is bound
};
std::vector<Gpu> host_gpus(const Host& host);

/// A row of /proc/mounts.
struct Mount {
  std::string source;
  std::string folder;
  std::string type;
  std::vector<std::string> options;
};
std::vector<Mount> host_mounts(const Host& host);
/// The file system that holds `folder` (which need not be there yet); null when nothing is mounted there.
const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view folder);

}  // namespace bundle::host
