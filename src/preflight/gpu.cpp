#include <algorithm>

#include "base/text.hpp"
#include "format/image_blobs.hpp"
#include "host/facts.hpp"
#include "preflight/cuda.hpp"
#include "preflight/driver_packages.hpp"
#include "preflight/inspection.hpp"
#include "preflight/secure_boot.hpp"

namespace bundle::preflight {
namespace {

/// The other display adapters, for whoever is sure that there is a GPU.
std::string seen_instead(const host::Host& host) {
  std::vector<std::string> seen;
  for (const host::PciDevice& device : host::pci_devices(host)) {
    if (host::is_display(device)) {
      seen.push_back(fmt::format("{} ({}, device {})", device.address, device.vendor, device.device));
    }
  }
  return seen.empty() ? "no display adapter at all is there"
                      : fmt::format("of display adapters there is {}", join(seen, ", "));
}

void report_none(Inspection& look) {
  const std::string seen = fmt::format("there is no NVIDIA GPU (vendor {}) on this host's PCI bus; {}",
                                       host::kNvidiaVendor, seen_instead(look.host));
  if (look.allow_no_gpu) {
    look.warning("no-gpu", seen + ": runc stays its default runtime", "install again when it has one");
  } else {
    look.error("no-gpu", seen,
               "take gpu out of its roles, or prepare it for one that comes later: --allow-no-gpu");
  }
}

void check_driver(Inspection& look) {
  if (look.host.exists("/sys/module/nouveau")) {
    look.error(
        "nouveau", "the kernel has loaded nouveau, which keeps NVIDIA's driver from the GPU",
        "echo 'blacklist nouveau' > /etc/modprobe.d/blacklist-nouveau.conf && dracut -f && systemctl reboot");
  } else if (!look.host.exists("/proc/driver/nvidia/version")) {
    const bool is_secure = is_secure_boot(look.host);
    look.error("no-gpu-driver",
               fmt::format("NVIDIA's driver is not loaded (no /proc/driver/nvidia/version), and the bundle "
                           "expects it preinstalled{}",
                           is_secure ? "; Secure Boot is on, so the kernel loads signed modules only" : ""),
               is_secure ? "install NVIDIA's driver for this kernel, signed with a key that `mokutil "
                           "--list-enrolled` shows, then: nvidia-smi"
                         : "install NVIDIA's driver for this kernel, then: nvidia-smi");
  }
}

/// Behind an NVSwitch no GPU works before the fabric manager has set that up, in the driver's own version.
/// Source: NVIDIA's Fabric Manager User Guide; class of the switches: NVIDIA/go-nvlib, pkg/nvpci.
void check_fabric(Inspection& look) {
  const std::vector<host::PciDevice> devices = host::pci_devices(look.host);
  const auto found = std::ranges::find_if(devices, [](const host::PciDevice& device) {
    return device.vendor == host::kNvidiaVendor && device.device_class == "0x068000";
  });
  if (found != devices.end() && !look.is_running("nv-fabricmanager")) {
    look.warning("no-fabric-manager",
                 fmt::format("{} is an NVSwitch, and nv-fabricmanager does not run: programs cannot use the "
                             "GPUs behind it",
                             found->address),
                 "install nvidia-fabricmanager in the driver's version: systemctl enable --now "
                 "nvidia-fabricmanager");
  }
}

/// The environment of the containers of an image, as its configuration has it.
std::vector<std::string> environment_of(const Inspection& look, const format::Image& image) {
  std::vector<std::string> environment;
  for (const std::string& config : format::configs_of_image(look.index, *look.parts, image.digest)) {
    const json::Value document = json::parse(config, "the configuration of " + image.ref);
    const std::vector<std::string> variables = json::texts_at(json::member_at(document, "config"), "Env");
    environment.insert(environment.end(), variables.begin(), variables.end());
  }
  return environment;
}

/// The driver that this node has when it is installed.
struct ComingDriver {
  std::string version;  ///< empty: none
  std::string words;    ///< `this host has 580.159.04`
};

ComingDriver driver_of_host(const host::Host& host) {
  const std::vector<host::Gpu> gpus = host::host_gpus(host);
  const std::string version = gpus.empty() ? std::string() : gpus.front().driver_version;
  return {.version = version, .words = "this host has " + version};
}

ComingDriver driver_of_bundle(Inspection& look) {
  const std::optional<DriverPackage> driver = driver_package(look);
  check_driver_package(look, driver);
  const std::string version = driver ? driver->version : std::string();
  return {.version = version, .words = "the bundle brings " + version};
}

/// Source: NVIDIA Container Toolkit, Prerequisites: drivers from 418.81.07 on.
void check_toolkit(Inspection& look, const ComingDriver& driver) {
  constexpr std::uint64_t kLeastMajor = 418;
  const std::optional<std::uint64_t> major =
      parse_unsigned(driver.version.substr(0, driver.version.find('.')));
  if (major && *major < kLeastMajor && look.component("nvidia-container-toolkit") != nullptr) {
    look.warning(
        "old-gpu-driver",
        fmt::format("nvidia-container-toolkit wants NVIDIA's driver 418.81.07 or newer; {}", driver.words),
        "install a newer driver");
  }
}

/// Programs of a newer CUDA than the driver knows start, and then find no GPU.
void check_cuda(Inspection& look, const ComingDriver& driver) {
  for (const format::Image& image : look.index.images) {
    if (!format::is_for(image.roles, look.node.roles)) {
      continue;
    }
    if (const auto need = missing_for_cuda(environment_of(look, image), driver.version)) {
      look.warning("old-gpu-driver",
                   fmt::format("{} is made for CUDA {}, which wants NVIDIA's driver {} or newer; {}",
                               image.ref, need->cuda, need->driver_major, driver.words),
                   fmt::format("install a driver from {} on", need->driver_major));
    }
  }
}

void check_coming_driver(Inspection& look) {
  if (look.parts == nullptr || !look.node.roles.contains("gpu")) {
    return;
  }
  const ComingDriver driver = wants_driver_package(look) ? driver_of_bundle(look) : driver_of_host(look.host);
  if (!driver.version.empty()) {  // what is said of none is said already
    check_toolkit(look, driver);
    check_cuda(look, driver);
  }
}

void check_gpu(Inspection& look) {
  if (!look.node.roles.contains("gpu")) {
    return;
  }
  if (host::host_gpus(look.host).empty()) {
    return report_none(look);
  }
  if (!wants_driver_package(look)) {
    check_driver(look);
  }
  check_fabric(look);
}

}  // namespace

std::vector<NamedCheck> gpu_checks() {
  return {{"the GPU", check_gpu}, {"the GPU's driver", check_coming_driver}};
}

}  // namespace bundle::preflight
