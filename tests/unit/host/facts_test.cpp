#include "host/facts.hpp"
#include "host/facts_json.hpp"
#include "host/rpmdb.hpp"

#include <doctest/doctest.h>

#include "rpm/closure.hpp"
#include "support/healthy_host.hpp"
#include "unit/rpm/repo_writer.hpp"

namespace bundle {
namespace {

using test::HealthyHost;

void put_rpmdb(HealthyHost& fake, const std::string& packages) {
  fake.put("/var/lib/rpm/rpmdb.sqlite", "the database");
  fake.put("/var/lib/rpm/.rpm.lock", "");
  fake.runner.on({"rpm", "--eval", "%{_dbpath}"}, {.out = "/var/lib/rpm\n"});
  fake.runner.on({"rpm", "--dbpath"}, [packages](const Command& command) {
    CHECK(read_file(command.argv.at(2) + "/rpmdb.sqlite", 100) == "the database");
    CHECK_FALSE(std::filesystem::exists(command.argv.at(2) + "/.rpm.lock"));
    return CommandResult{.out = packages};
  });
}

TEST_CASE("disks, GPUs, mounts and modules are read from the host's files") {
  HealthyHost fake;
  fake.put("/sys/block/sda/size", "2048\n");
  fake.put("/sys/block/sda/queue/rotational", "1\n");
  fake.put("/sys/block/sda/device/model", "DISK  \n");
  fake.put("/sys/block/loop0/size", "2048\n");
  REQUIRE(host::host_disks(fake.host).size() == 1);
  CHECK(host::host_disks(fake.host)[0].size_bytes == 1 << 20);
  CHECK(host::host_disks(fake.host)[0].is_rotating);

  const std::string gpu = "/sys/bus/pci/devices/0000:3b:00.0";
  fake.put(gpu + "/vendor", "0x10de\n");
  fake.put(gpu + "/class", "0x030200\n");
  fake.put(gpu + "/device", "0x20b0\n");
  fake.link(gpu + "/driver", "../../../bus/pci/drivers/nvidia");
  fake.put("/sys/bus/pci/devices/0000:3b:00.1/vendor", "0x10de\n");
  fake.put("/sys/bus/pci/devices/0000:3b:00.1/class", "0x040300\n");  // its sound
  REQUIRE(host::host_gpus(fake.host).size() == 1);
  CHECK(host::host_gpus(fake.host)[0].driver == "nvidia");

  fake.put("/proc/self/mounts", "/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /my\\040data xfs rw,noexec 0 0\n");
  const std::vector<host::Mount> mounts = host::host_mounts(fake.host);
  CHECK(host::mount_of(mounts, "/my data/containerd")->type == "xfs");
  CHECK(host::mount_of(mounts, "/my database")->type == "ext4");
  CHECK(host::mount_of({}, "/") == nullptr);

  fake.put("/etc/dnf/modules.d/nodejs.module",
           "[nodejs]\nname=nodejs\nstream=18\nprofiles=\nstate=enabled\n");
  fake.put("/etc/dnf/modules.d/php.module", "[php]\nname=php\nstream=8.1\nstate=disabled\n");
  CHECK(host::enabled_modules(fake.host) == std::vector<std::string>{"nodejs:18"});
}

TEST_CASE("facts are read by the connected side as the base of a closure") {
  HealthyHost fake;
  put_rpmdb(fake,
            "gpg-pubkey-8483c65d-5ccc5b19.(none)\nglibc-2.34-100.el9.x86_64\nzlib-0:1.2-1.x86_64\n"
            "vim-minimal-2:8.2-21.el9.x86_64\n");
  const json::Object facts = host::collect_facts(fake.host);
  CHECK(json::canonical(facts.at("packages")) ==
        R"(["glibc-2.34-100.el9.x86_64","vim-minimal-2:8.2-21.el9.x86_64","zlib-1.2-1.x86_64"])");
  CHECK(*facts.at("kernel").if_string() == "5.14.0-503.el9.x86_64");
  CHECK(*facts.at("memory").if_integer() == 16'000'000ll * 1024);

  const TempDir folder;
  write_file_atomically(folder.path() / "facts.json", json::pretty(facts));
  test::write_repository(
      folder.path() / "repo",
      {{.name = "app", .requires_ = {"glibc >= 2.34-100.el9", "vim-minimal >= 2:8.0", "libfoo"}},
       {.name = "libfoo"},
       {.name = "glibc", .version = "2.34", .release = "100.el9"},
       {.name = "vim-minimal", .version = "8.2", .release = "21.el9", .epoch = "2"}});
  const rpm::Base base = rpm::detect_base(folder.path() / "facts.json");
  CHECK(base.kind == rpm::BaseKind::facts);
  const rpm::Closure closure =
      rpm::close_over({.repositories = {{.id = "repo", .folder = folder.path() / "repo"}},
                       .wish = {.packages = {"app"}, .base = base},
                       .platform_id = "platform:el9"});
  REQUIRE(closure.install.size() == 2);
  CHECK(closure.install[0].name == "app");
  CHECK(closure.install[1].name == "libfoo");
}

}  // namespace
}  // namespace bundle
