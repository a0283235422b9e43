#include <algorithm>

#include "host/facts.hpp"
#include "preflight/inspection.hpp"

namespace bundle::preflight {
namespace {

void check_gpu(Inspection& look) {
  if (!look.node.roles.contains("gpu")) {
    return;
  }
  if (host::host_gpus(look.host).empty()) {
    if (look.allow_no_gpu) {
      look.warning("no-gpu", "there is no NVIDIA GPU on this host's PCI bus: runc stays its default runtime",
                   "install again when it has one");
    } else {
      look.error("no-gpu", "there is no NVIDIA GPU on this host's PCI bus",
                 "take gpu out of its roles, or prepare it for one that comes later: --allow-no-gpu");
    }
    return;
  }
  if (look.host.exists("/sys/module/nouveau")) {
    look.error(
        "nouveau", "the kernel has loaded nouveau, which keeps NVIDIA's driver from the GPU",
        "echo 'blacklist nouveau' > /etc/modprobe.d/blacklist-nouveau.conf && dracut -f && systemctl reboot");
  } else if (!look.host.exists("/proc/driver/nvidia/version")) {
    look.error("no-gpu-driver",
               "NVIDIA's driver is not loaded (no /proc/driver/nvidia/version), and the bundle expects it "
               "preinstalled",
               "install NVIDIA's driver for this kernel, then: nvidia-smi");
  }
}

}  // namespace

std::vector<NamedCheck> gpu_checks() { return {{"the GPU", check_gpu}}; }

}  // namespace bundle::preflight
