#include "preflight/driver_packages.hpp"

#include <doctest/doctest.h>

#include "media_host.hpp"
#include "support/thrown.hpp"

namespace bundle::preflight {
namespace {

using bundle::test::holds;
using test::error;
using test::warning;

constexpr const char* kRunning = "5.14.0-503.el9.x86_64";
constexpr const char* kOther = "5.14.0-570.el9.x86_64";

/// A GPU node that is to have the driver of the bundle, whose one package of it is for kOther.
struct DriverHost : test::MediaHost {
  DriverHost() {
    node.roles = {"gpu"};
    site.gpu_driver = site::GpuDriver::rpm;
    put("/proc/sys/kernel/osrelease", std::string(kRunning) + "\n");
    put("/sys/bus/pci/devices/0000:3b:00.0/vendor", "0x10de\n");
    put("/sys/bus/pci/devices/0000:3b:00.0/class", "0x030200\n");
    put("/sys/bus/pci/devices/0000:3b:00.0/device", "0x20b0\n");
    for (const char* program : {"grubby", "dracut", "lsinitrd"}) {
      put(std::string("/usr/sbin/") + program, "");
    }
    make_folders(host.at("/run"));
    add_package("nvidia-kmod-common-3:580.105.08-1.el9.noarch");
    add_package("kmod-nvidia-580.105.08-5.14.0-570-3:580.105.08-2.el9.x86_64");
    has_files(std::string("/lib/modules/") + kOther + "/extra/drivers/video/nvidia\n/lib/modules/" + kOther +
              "/extra/drivers/video/nvidia/nvidia.ko\n/usr/lib64/nvidia/nvidia.ko.notes\n");
  }

  void add_package(const std::string& nevra) {
    index.rpms.push_back({.nevra = nevra, .path = "rpms/signed/x/socat.rpm", .repository = "vendor"});
  }
  void has_files(const std::string& files) { runner.on({"rpm", "-qpl"}, {.out = files}); }

  std::vector<std::string> ids(bool allow_base_changes = false) {
    std::vector<std::string> all;
    for (const Check& check : look(gpu_checks(), allow_base_changes)) {
      all.push_back(std::string(to_string(check.severity)) + " " + check.id);
    }
    return all;
  }
};

using Ids = std::vector<std::string>;

TEST_CASE("the kernels of a package are those that it has the module for") {
  using Names = std::set<std::string>;
  CHECK(kernels_of_module("/lib/modules/5.14.0-1.el9.x86_64/extra/nvidia/nvidia.ko.xz\n"
                          "/usr/lib/modules/5.14.0-2.el9.x86_64/extra/nvidia.ko\n",
                          "nvidia") == Names{"5.14.0-1.el9.x86_64", "5.14.0-2.el9.x86_64"});
  CHECK(kernels_of_module("/lib/modules/5.14.0-1/extra/nvidia-uvm.ko\n"
                          "/lib/modules/5.14.0-1/nvidia.ko.d/x\n"
                          "/opt/lib/modules/5.14.0-1/nvidia.ko\n"
                          "/usr/src/nvidia-580/nvidia.c\n(contains no files)\n",
                          "nvidia")
            .empty());
}

TEST_CASE_FIXTURE(DriverHost, "the driver of a kernel that nobody brings is an error") {
  CHECK(look(gpu_checks()) ==
        std::vector{error("no-kernel-for-driver",
                          "kmod-nvidia-580.105.08-5.14.0-570-3:580.105.08-2.el9.x86_64 is for the kernel "
                          "5.14.0-570.el9.x86_64, which is neither here nor in the bundle; this host runs "
                          "5.14.0-503.el9.x86_64",
                          "build the bundle with a driver for 5.14.0-503.el9.x86_64, or with that kernel")});
}

TEST_CASE_FIXTURE(DriverHost, "another kernel is a change of the base, to be agreed with") {
  SUBCASE("it comes with the bundle") { add_package("kernel-core-5.14.0-570.el9.x86_64"); }
  SUBCASE("it is here already") { put(std::string("/boot/vmlinuz-") + kOther, ""); }
  CHECK(ids() == Ids{"error kernel-change"});
  CHECK(ids(true) == Ids{"warning kernel-change"});
}

TEST_CASE_FIXTURE(DriverHost, "of another build the kernel is none") {
  add_package("kernel-core-5.14.0-571.el9.x86_64");
  CHECK(ids() == Ids{"error no-kernel-for-driver"});
}

TEST_CASE_FIXTURE(DriverHost, "the driver of the running kernel only has to be loaded") {
  put("/proc/sys/kernel/osrelease", std::string(kOther) + "\n");
  CHECK(ids().empty());
  put("/sys/module/nouveau/initstate", "live\n");
  CHECK(ids() == Ids{"warning nouveau"});
  SUBCASE("Secure Boot") {
    put("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
        std::string("\6\0\0\0\1", 5));
    CHECK(ids() == Ids{"warning nouveau", "warning secure-boot"});
  }
  SUBCASE("no grubby") {
    remove("/usr/sbin/grubby");
    CHECK(ids() == Ids{"error no-grubby", "warning nouveau"});
  }
}

TEST_CASE_FIXTURE(DriverHost, "a module that is built here needs kernel-devel of the running kernel") {
  has_files("/usr/src/nvidia-580.105.08/nvidia/nv.c\n");
  CHECK(ids() == Ids{"error no-kernel-devel"});
  SUBCASE("in the bundle") { add_package("kernel-devel-5.14.0-503.el9.x86_64"); }
  SUBCASE("on the host") { put(std::string("/lib/modules/") + kRunning + "/build/Makefile", ""); }
  CHECK(ids().empty());
}

TEST_CASE_FIXTURE(DriverHost, "a bundle without the driver is an error, on GPU nodes alone") {
  index.rpms.pop_back();
  const std::vector<Check> found = look(gpu_checks());
  REQUIRE(found.size() == 1);
  CHECK(found[0].id == "no-driver-package");
  CHECK(holds(found[0].fix, "docs/guide.md"));
  node.roles = {"worker"};
  CHECK(ids().empty());
}

TEST_CASE_FIXTURE(DriverHost, "the driver that comes is held against CUDA of the bundle's images") {
  put("/proc/sys/kernel/osrelease", std::string(kOther) + "\n");
  index.rpms.pop_back();
  add_package("kmod-nvidia-570-3:570.86.15-2.el9.x86_64");
  const std::vector<Check> found = look(gpu_checks());
  REQUIRE(found.size() == 1);
  CHECK(found[0] ==
        warning("old-gpu-driver",
                "docker.io/library/a:1 is made for CUDA 13.0.1, which wants NVIDIA's driver 580 or "
                "newer; the bundle brings 570.86.15",
                "install a driver from 580 on"));
}

}  // namespace
}  // namespace bundle::preflight
