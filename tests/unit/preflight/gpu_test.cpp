#include <doctest/doctest.h>

#include "fake_host.hpp"
#include "support/thrown.hpp"

namespace bundle::preflight {
namespace {

using bundle::test::holds;
using test::error;
using test::FakeHost;

constexpr const char* kSecureBoot =
    "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

struct GpuHost : FakeHost {
  GpuHost() { node.roles = {"gpu", "master"}; }
  void put_device(const std::string& vendor, const std::string& device_class) {
    put("/sys/bus/pci/devices/0000:3b:00.0/vendor", vendor + "\n");
    put("/sys/bus/pci/devices/0000:3b:00.0/class", device_class + "\n");
    put("/sys/bus/pci/devices/0000:3b:00.0/device", "0x20b0\n");
  }
};

TEST_CASE_FIXTURE(GpuHost, "the role gpu without a GPU is an error") {
  const auto none = [](const std::string& seen) {
    return error("no-gpu", "there is no NVIDIA GPU (vendor 0x10de) on this host's PCI bus; " + seen,
                 "take gpu out of its roles, or prepare it for one that comes later: --allow-no-gpu");
  };
  CHECK(only(gpu_checks()) == none("no display adapter at all is there"));
  put_device("0x10de", "0x040300");  // NVIDIA's sound
  CHECK(only(gpu_checks()) == none("no display adapter at all is there"));
  put_device("0x1002", "0x030200");  // somebody else's
  CHECK(only(gpu_checks()) == none("of display adapters there is 0000:3b:00.0 (0x1002, device 0x20b0)"));
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
  put(kSecureBoot, std::string("\6\0\0\0\0", 5));
  CHECK_FALSE(holds(only(gpu_checks()).seen, "Secure Boot"));
  put(kSecureBoot, std::string("\6\0\0\0\1", 5));
  CHECK(holds(only(gpu_checks()).seen, "Secure Boot is on"));
  CHECK(holds(only(gpu_checks()).fix, "mokutil"));
  put("/proc/driver/nvidia/version", "NVRM version: 580.105.08\n");
  CHECK(found_by(gpu_checks()).empty());
  put("/sys/module/nouveau/x", "");
  CHECK(only(gpu_checks()) ==
        error("nouveau", "the kernel has loaded nouveau, which keeps NVIDIA's driver from the GPU",
              "echo 'blacklist nouveau' > /etc/modprobe.d/blacklist-nouveau.conf && dracut -f && systemctl "
              "reboot"));
}

TEST_CASE_FIXTURE(GpuHost, "behind an NVSwitch there has to be a fabric manager") {
  put_device("0x10de", "0x030200");
  put("/proc/driver/nvidia/version", "NVRM version: 580.105.08\n");
  put("/sys/bus/pci/devices/0000:07:00.0/vendor", "0x10de\n");
  put("/sys/bus/pci/devices/0000:07:00.0/class", "0x068000\n");
  CHECK(only(gpu_checks()).id == "no-fabric-manager");
  put("/proc/77/comm", "nv-fabricmanage\n");  // cut at 15 bytes
  CHECK(found_by(gpu_checks()).empty());
}

TEST_CASE_FIXTURE(GpuHost, "a recorded host with an H100 and its driver is fine") {
  put_recorded(BUNDLE_SOURCE_DIR "/tests/data/hosts/h100.files");
  CHECK(found_by(gpu_checks()).empty());
  remove("/proc/driver/nvidia/version");
  CHECK(only(gpu_checks()).id == "no-gpu-driver");
}

}  // namespace
}  // namespace bundle::preflight
