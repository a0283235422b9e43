#include "actions/boot_kernel.hpp"

#include <doctest/doctest.h>

#include "support/lawful_action.hpp"
#include "support/thrown.hpp"

namespace bundle::actions {
namespace {

using test::FakeWorld;
using test::holds;
using test::lawful;
using test::WorldHost;

constexpr const char* kRunning = "5.14.0-503.el9.x86_64";
constexpr const char* kOther = "5.14.0-570.el9.x86_64";
const ModuleFor kNvidia{.module = "nvidia", .rival = "nouveau"};

std::string initramfs_of(const std::string& release) { return "/boot/initramfs-" + release + ".img"; }

void add_kernel(const FakeWorld& world, const std::string& release) {
  world.put("/boot/vmlinuz-" + release, "kernel");
  world.put(initramfs_of(release), "usr/lib/modules/x/kernel/drivers/gpu/drm/nouveau/nouveau.ko.xz\n");
  world.put("/lib/modules/" + release + "/kernel/drivers/gpu/drm/nouveau/nouveau.ko.xz", "");
}

void add_module(const FakeWorld& world, const std::string& release) {
  world.put("/lib/modules/" + release + "/extra/nvidia.ko", "580.105.08\n");
}

std::string default_of(const FakeWorld& world) { return world.get("/boot/grub2/grubenv"); }

/// Two kernels, of which the newer one has the module; the older one runs.
std::unique_ptr<FakeWorld> world_of_two() {
  auto world = std::make_unique<FakeWorld>();
  add_kernel(*world, kRunning);
  add_kernel(*world, kOther);
  add_module(*world, kOther);
  world->put("/boot/grub2/grubenv", std::string("saved_entry=/boot/vmlinuz-") + kRunning + "\n");
  world->put("/var/lib/bundle/journal", "");
  world->put("/etc/dracut.conf.d/bundle-nouveau.conf", "omit_drivers+=\" nouveau \"\n");
  return world;
}

/// The message of the Error(reboot) that it throws.
template <class Work>
std::string reboot_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    REQUIRE(error.kind() == ErrorKind::reboot);
    return error.message();
  }
  FAIL("no reboot is asked for");
  return {};
}

}  // namespace

TEST_CASE("the kernel that has the module is booted, lawfully, and undo brings back what was") {
  CHECK(test::check_laws(world_of_two, lawful([](FakeWorld&) { return boot_kernel_with(kNvidia); },
                                              undo_boot_kernel)) >= 3);
}

TEST_CASE("its initramfs has no nouveau; that of other kernels stays") {
  const auto world = world_of_two();
  WorldHost host(*world);
  steps::Context context(host.host);
  const std::string before = world->get(initramfs_of(kRunning));
  const auto action = boot_kernel_with(kNvidia);
  action->apply(context);
  CHECK(action->is_done(context));
  CHECK(default_of(*world) == std::string("saved_entry=/boot/vmlinuz-") + kOther + "\n");
  CHECK_FALSE(holds(world->get(initramfs_of(kOther)), "nouveau"));
  CHECK(world->get(initramfs_of(kRunning)) == before);
}

TEST_CASE("a running kernel that has the module is kept, also beside a newer one") {
  const auto world = world_of_two();
  add_module(*world, kRunning);
  world->put("/boot/grub2/grubenv", std::string("saved_entry=/boot/vmlinuz-") + kOther + "\n");
  WorldHost host(*world);
  steps::Context context(host.host);
  boot_kernel_with(kNvidia)->apply(context);
  CHECK(default_of(*world) == std::string("saved_entry=/boot/vmlinuz-") + kRunning + "\n");
}

TEST_CASE("without a kernel that has the module the step fails and says which there are") {
  FakeWorld world;
  add_kernel(world, kRunning);
  WorldHost host(world);
  steps::Context context(host.host);
  try {
    boot_kernel_with(kNvidia)->apply(context);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::step);
    CHECK(holds(error.message(), kRunning));
  }
}

TEST_CASE("an initramfs that somebody made since stays, and the kept one too") {
  const auto world = world_of_two();
  WorldHost host(*world);
  steps::Context context(host.host);
  const auto action = boot_kernel_with(kNvidia);
  const steps::Change change = action->capture(context);
  action->apply(context);
  world->put(initramfs_of(kOther), "usr/lib/modules/x/kernel/drivers/block/nvme.ko.xz\n");
  undo_boot_kernel(host.host, change);
  CHECK(holds(world->get(initramfs_of(kOther)), "nvme"));
  CHECK(holds(world->get(std::string("/var/lib/bundle/boot/initramfs-") + kOther + ".img"), "nouveau"));
}

TEST_CASE("undo asks for a reboot while the kernel of the bundle runs") {
  FakeWorld world;
  add_kernel(world, kRunning);
  WorldHost host(world);
  steps::Context context(host.host);
  const steps::Change change = boot_kernel_with(kNvidia)->capture(context);
  add_kernel(world, kOther);
  world.put("/proc/sys/kernel/osrelease", std::string(kOther) + "\n");
  const std::string said = reboot_of([&] { undo_boot_kernel(host.host, change); });
  CHECK(holds(said, std::string("runs the kernel ") + kOther));
  world.put("/proc/sys/kernel/osrelease", std::string(kRunning) + "\n");
  undo_boot_kernel(host.host, change);
}

TEST_CASE("the driver is loaded, or a reboot asked for where that does not help") {
  const auto world = world_of_two();
  WorldHost host(*world);
  steps::Context context(host.host);
  const auto action = load_driver(kNvidia);
  CHECK_FALSE(action->is_done(context));
  SUBCASE("another kernel has it") {
    const std::string said = reboot_of([&] { action->apply(context); });
    CHECK(holds(said, std::string("runs the kernel ") + kRunning));
    CHECK(holds(said, std::string("is for ") + kOther));
    CHECK_FALSE(world->exists("/sys/module/nvidia"));
  }
  SUBCASE("after the reboot it is loaded") {
    world->put("/proc/sys/kernel/osrelease", std::string(kOther) + "\n");
    world->kernel.loadable.insert("nvidia");
    action->apply(context);
    CHECK(world->exists("/sys/module/nvidia"));
    CHECK(action->is_done(context));
  }
  SUBCASE("nouveau is loaded") {
    add_module(*world, kRunning);
    world->put("/sys/module/nouveau/initstate", "live\n");
    CHECK(holds(reboot_of([&] { action->apply(context); }), "nouveau"));
  }
  SUBCASE("another build of it is loaded") {
    add_module(*world, kRunning);
    world->put("/sys/module/nvidia/version", "535.104.05\n");
    CHECK_FALSE(action->is_done(context));
    CHECK(holds(reboot_of([&] { action->apply(context); }), "535.104.05; 580.105.08 is installed"));
    world->put("/sys/module/nvidia/version", "580.105.08\n");
    CHECK(action->is_done(context));
  }
  CHECK(world->unknown().empty());
}

}  // namespace bundle::actions
