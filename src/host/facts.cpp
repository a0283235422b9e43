#include "host/facts.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"
#include "host/mounts.hpp"

namespace bundle::host {
namespace {

std::string unquoted(std::string_view text) {
  const bool is_quoted =
      text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return std::string(is_quoted ? text.substr(1, text.size() - 2) : text);
}

/// The value of `Key: value` or `Key  value` in /proc/meminfo, in bytes.
std::uint64_t meminfo(const Host& host, std::string_view key) {
  const std::string text = host.read("/proc/meminfo").value_or("");
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() >= 2 && words[0] == key) {
      return parse_unsigned(words[1]).value_or(0) * 1024;
    }
  }
  return 0;
}

/// /proc/mounts writes blanks in names as \040.
std::string unescaped(std::string_view text) { return replace_all(text, "\\040", " "); }

}  // namespace

OsRelease parse_os_release(std::string_view text) {
  OsRelease release;
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || trim(line).starts_with('#')) {
      continue;
    }
    const std::string_view key = trim(line.substr(0, equals));
    const std::string value = unquoted(trim(line.substr(equals + 1)));
    if (key == "ID") {
      release.id = value;
    } else if (key == "VERSION_ID") {
      release.version_id = value;
    } else if (key == "PLATFORM_ID") {
      release.platform_id = value;
    } else if (key == "PRETTY_NAME") {
      release.pretty_name = value;
    } else if (key == "ID_LIKE") {
      for (const std::string_view word : split_words(value)) {
        release.id_like.emplace_back(word);
      }
    }
  }
  return release;
}

json::Array ip_rows(const Host& host, std::vector<std::string> words) {
  words.insert(words.begin(), {"ip", "-j", "-4"});
  const CommandResult result = host.run(std::move(words));
  const json::Value rows =
      json::parse(result.out.empty() ? "[]" : result.out, "the output of ip", ErrorKind::step);
  return rows.if_array() == nullptr ? json::Array() : *rows.if_array();
}

std::vector<std::string> name_servers(const Host& host, std::string_view file) {
  std::vector<std::string> servers;
  const std::string text = host.read(file).value_or("");
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() >= 2 && words[0] == "nameserver") {
      servers.emplace_back(words[1]);
    }
  }
  return servers;
}

bool is_loopback_server(std::string_view server) { return server.starts_with("127.") || server == "::1"; }

std::string resolver_file(const Host& host) {
  for (const std::string_view file : {kResolvConf, kResolvedConf}) {
    const std::vector<std::string> servers = name_servers(host, file);
    if (!std::all_of(servers.begin(), servers.end(), is_loopback_server)) {
      return std::string(file);
    }
  }
  return {};
}

std::vector<std::string> swap_devices(const Host& host) {
  std::vector<std::string> devices;
  const std::string text = host.read("/proc/swaps").value_or("");
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with('/')) {
      devices.emplace_back(split_words(line).front());
    }
  }
  return devices;
}

std::vector<HostAddress> host_addresses(const Host& host) {
  std::vector<HostAddress> found;
  for (const json::Value& link : ip_rows(host, {"address", "show", "scope", "global"})) {
    for (const json::Value& row : json::rows_at(link, "addr_info")) {
      const std::optional<std::uint32_t> address = spec::parse_ipv4(json::text_at(row, "local"));
      const json::Value* prefix = row.find("prefixlen");
      if (address && prefix != nullptr && prefix->if_integer() != nullptr) {
        found.push_back(
            {.interface = json::text_at(link, "ifname"),
             .network = {.address = *address, .prefix = static_cast<unsigned>(*prefix->if_integer())}});
      }
    }
  }
  return found;
}

std::string default_interface(const Host& host) {
  const json::Array rows = ip_rows(host, {"route", "show", "default"});
  return rows.empty() ? std::string() : json::text_at(rows.front(), "dev");
}

std::string host_name(const Host& host) { return host.read("/proc/sys/kernel/hostname").value_or(""); }

OsRelease os_release(const Host& host) {
  std::optional<std::string> text = host.read("/etc/os-release");
  return parse_os_release(text ? *text : host.read("/usr/lib/os-release").value_or(""));
}

std::string kernel_release(const Host& host) { return host.read("/proc/sys/kernel/osrelease").value_or(""); }

std::string host_arch(const Host& host) { return std::string(trim(host.run({"uname", "-m"}).out)); }

Cpu host_cpu(const Host& host) {
  Cpu cpu;
  const std::string text = host.read("/proc/cpuinfo").value_or("");
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t colon = line.find(':');
    const std::string_view key = trim(line.substr(0, colon));
    const std::string_view value = colon == std::string_view::npos ? "" : trim(line.substr(colon + 1));
    if (key == "processor") {
      ++cpu.count;
    } else if (key == "model name" && cpu.model.empty()) {
      cpu.model = value;
    } else if (key == "flags" && cpu.flags.empty()) {
      for (const std::string_view flag : split_words(value)) {
        cpu.flags.emplace(flag);
      }
    }
  }
  return cpu;
}

std::uint64_t memory_bytes(const Host& host) { return meminfo(host, "MemTotal:"); }

std::uint64_t available_memory_bytes(const Host& host) { return meminfo(host, "MemAvailable:"); }

std::vector<Disk> host_disks(const Host& host) {
  constexpr std::uint64_t kSectorBytes = 512;  // whatever the disk's own is
  std::vector<Disk> disks;
  for (const std::string& name : host.list("/sys/block")) {
    const std::string folder = "/sys/block/" + name;
    const std::uint64_t sectors = parse_unsigned(host.read(folder + "/size").value_or("")).value_or(0);
    if (sectors > 0 && !name.starts_with("loop") && !name.starts_with("ram") && !name.starts_with("zram")) {
      disks.push_back({.name = name,
                       .model = host.read(folder + "/device/model").value_or(""),
                       .size_bytes = sectors * kSectorBytes,
                       .is_rotating = host.read(folder + "/queue/rotational") == "1"});
    }
  }
  return disks;
}

std::vector<PciDevice> pci_devices(const Host& host) {
  std::vector<PciDevice> devices;
  for (const std::string& address : host.list("/sys/bus/pci/devices")) {
    const auto read = [&](const char* file) {
      return host.read(fmt::format("/sys/bus/pci/devices/{}/{}", address, file)).value_or("");
    };
    devices.push_back({.address = address,
                       .vendor = read("vendor"),
                       .device = read("device"),
                       .device_class = read("class")});
  }
  return devices;
}

bool is_display(const PciDevice& device) {
  return device.device_class.starts_with("0x0300") || device.device_class.starts_with("0x0302");
}

std::vector<Gpu> host_gpus(const Host& host) {
  std::vector<Gpu> gpus;
  for (const PciDevice& device : pci_devices(host)) {
    if (device.vendor != kNvidiaVendor || !is_display(device)) {
      continue;
    }
    std::error_code none;
    const std::string driver =
        std::filesystem::read_symlink(host.at("/sys/bus/pci/devices/" + device.address + "/driver"), none)
            .filename()
            .string();
    gpus.push_back(
        {.address = device.address,
         .device = device.device,
         .driver = driver,
         .driver_version = driver == "nvidia" ? host.read("/sys/module/nvidia/version").value_or("") : ""});
  }
  return gpus;
}

std::vector<Mount> host_mounts(const Host& host) {
  std::vector<Mount> mounts;
  const std::string text = host.read("/proc/self/mounts").value_or("");
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() >= 4) {
      Mount mount{
          .source = unescaped(words[0]), .folder = unescaped(words[1]), .type = std::string(words[2])};
      for (const std::string_view option : split(words[3], ',')) {
        mount.options.emplace_back(option);
      }
      mounts.push_back(std::move(mount));
    }
  }
  return mounts;
}

const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view folder) {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts) {
    // The later of two on the same folder hides the other.
    if (is_within(folder, mount.folder) && (best == nullptr || mount.folder.size() >= best->folder.size())) {
      best = &mount;
    }
  }
  return best;
}

}  // namespace bundle::host
