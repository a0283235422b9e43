#include <doctest/doctest.h>

#include "fake_host.hpp"

namespace bundle::preflight {
namespace {

using test::error;
using test::FakeHost;

struct GpuHost : FakeHost {
  GpuHost() { node.roles = {"gpu", "master"}; }
  void put_device(const std::string& vendor, const std::string& device_class) {
    put("/sys/bus/pci/devices/0000:3b:00.0/vendor", vendor + "\n");
    put("/sys/bus/pci/devices/0000:3b:00.0/class", device_class + "\n");
  }
};

TEST_CASE_FIXTURE(GpuHost, "the role gpu without a GPU is an error") {
  const Check none =
      error("no-gpu", "there is no NVIDIA GPU on this host's PCI bus",
            "take gpu out of its roles, or prepare it for one that comes later: --allow-no-gpu");
  CHECK(only(gpu_checks()) == none);
  put_device("0x10de", "0x040300");  // NVIDIA's sound
  CHECK(only(gpu_checks()) == none);
  put_device("0x1002", "0x030200");  // somebody else's
  CHECK(only(gpu_checks()) == none);
  SUBCASE("one may come later") {
    allow_no_gpu = true;
    CHECK(only(gpu_checks()).severity == Severity::warning);
  }
  SUBCASE("nobody asks on a host without that role") {
    node.roles = {"master"};
    CHECK(found_by(gpu_checks()).empty());
  }
}

TEST_CASE_FIXTURE(GpuHost, "a GPU needs NVIDIA's driver, and not nouveau") {
  put_device("0x10de", "0x030200");
  CHECK(only(gpu_checks()) ==
        error("no-gpu-driver",
              "NVIDIA's driver is not loaded (no /proc/driver/nvidia/version), and the bundle expects it "
              "preinstalled",
              "install NVIDIA's driver for this kernel, then: nvidia-smi"));
  put("/proc/driver/nvidia/version", "NVRM version: 580.105.08\n");
  CHECK(found_by(gpu_checks()).empty());
  put("/sys/module/nouveau/x", "");
  CHECK(only(gpu_checks()) ==
        error("nouveau", "the kernel has loaded nouveau, which keeps NVIDIA's driver from the GPU",
              "echo 'blacklist nouveau' > /etc/modprobe.d/blacklist-nouveau.conf && dracut -f && systemctl "
              "reboot"));
}

}  // namespace
}  // namespace bundle::preflight
