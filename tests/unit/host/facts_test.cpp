#include "host/facts.hpp"
#include "host/rpmdb.hpp"

#include <doctest/doctest.h>

#include "support/healthy_host.hpp"
#include "support/thrown.hpp"

namespace bundle {
namespace {

using test::HealthyHost;

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

TEST_CASE("the GPU of a recorded host is told from all its other devices") {
  HealthyHost fake;
  fake.put_recorded(BUNDLE_SOURCE_DIR "/tests/data/hosts/h100.files");
  CHECK(host::pci_devices(fake.host).size() == 7);
  const std::vector<host::Gpu> gpus = host::host_gpus(fake.host);
  REQUIRE(gpus.size() == 1);
  CHECK(gpus[0].address == "0000:00:06.0");
  CHECK(gpus[0].device == "0x2330");
  CHECK(gpus[0].driver == "nvidia");
  CHECK(gpus[0].driver_version == "580.159.04");
}

TEST_CASE("os-release is read with quotes, comments and blanks, and the last word of a key counts") {
  const host::OsRelease release = host::parse_os_release(
      "# ID=commented\nID='rocky'\n ID_LIKE = \"rhel  centos\" \nVERSION_ID=9.4\nPRETTY_NAME=\"A = B\"\n"
      "NONSENSE\nPLATFORM_ID=\"platform:el9'\n");
  CHECK(release.id == "rocky");
  CHECK(release.id_like == std::vector<std::string>{"rhel", "centos"});
  CHECK(release.version_id == "9.4");
  CHECK(release.pretty_name == "A = B");
  CHECK(release.platform_id == "\"platform:el9'");  // quotes that do not match are content
  CHECK(host::parse_os_release("ID=a\nID=b\n").id == "b");
  CHECK(host::parse_os_release("ID=\"\n").id == "\"");
}

TEST_CASE("/usr/lib/os-release is for hosts without the one in /etc") {
  HealthyHost fake;
  fake.put("/usr/lib/os-release", "ID=other\n");
  CHECK(host::os_release(fake.host).id == "rocky");
  fake.remove("/etc/os-release");
  CHECK(host::os_release(fake.host).id == "other");
}

TEST_CASE("name servers are the lines that say so, in their order") {
  HealthyHost fake;
  fake.put("/etc/resolv.conf",
           "# nameserver 9.9.9.9\nnameserver 10.0.0.2\nsearch nameserver\nnameserver\n\tnameserver\t::1 x\n");
  CHECK(host::name_servers(fake.host) == std::vector<std::string>{"10.0.0.2", "::1"});
  CHECK(host::is_loopback_server("127.0.0.53"));
  CHECK(host::is_loopback_server("::1"));
  CHECK_FALSE(host::is_loopback_server("10.0.127.1"));
  CHECK_FALSE(host::is_loopback_server("::10"));
  fake.remove("/etc/resolv.conf");
  CHECK(host::name_servers(fake.host).empty());
}

TEST_CASE("pods ask the first file that names a server which is not the host's own loopback") {
  HealthyHost fake;
  CHECK(host::resolver_file(fake.host) == "/etc/resolv.conf");
  fake.put("/etc/resolv.conf", "nameserver 127.0.0.53\n");
  CHECK(host::resolver_file(fake.host) == "");
  fake.put("/run/systemd/resolve/resolv.conf", "# nothing yet\n");
  CHECK(host::resolver_file(fake.host) == "");
  fake.put("/run/systemd/resolve/resolv.conf", "nameserver 10.0.0.2\n");
  CHECK(host::resolver_file(fake.host) == "/run/systemd/resolve/resolv.conf");
  fake.put("/etc/resolv.conf", "nameserver 127.0.0.1\nnameserver 10.0.0.3\n");
  CHECK(host::resolver_file(fake.host) == "/etc/resolv.conf");
}

TEST_CASE("swap is what /proc/swaps lists below its heading") {
  HealthyHost fake;
  CHECK(host::swap_devices(fake.host).empty());
  fake.put("/proc/swaps",
           "Filename Type Size Used Priority\n/dev/dm-1 partition 1 0 -2\n/swap.img file 1 0 -3\n");
  CHECK(host::swap_devices(fake.host) == std::vector<std::string>{"/dev/dm-1", "/swap.img"});
}

TEST_CASE("addresses are those with a prefix, with the interface that has them") {
  HealthyHost fake;
  fake.runner.on({"ip", "-j", "-4", "address"},
                 {.out = R"([{"ifname":"eth0","addr_info":[{"local":"10.0.0.5","prefixlen":24},
                     {"local":"10.0.0.6"},{"local":"nonsense","prefixlen":8}]},{"ifname":"dummy0"},
                     {"ifname":"eth1","addr_info":[{"local":"192.168.1.2","prefixlen":16}]}])"});
  const std::vector<host::HostAddress> addresses = host::host_addresses(fake.host);
  REQUIRE(addresses.size() == 2);
  CHECK(addresses[0].interface == "eth0");
  CHECK(to_string(addresses[0].network) == "10.0.0.5/24");
  CHECK(addresses[1].interface == "eth1");
  CHECK(to_string(addresses[1].network) == "192.168.1.2/16");
}

TEST_CASE("ip that prints nothing has no rows, one that fails or prints no JSON is an error") {
  HealthyHost fake;
  fake.runner.on({"ip"}, {.out = ""});
  fake.runner.on({"ip", "-j", "-4", "odd"}, {.out = "{}"});
  fake.runner.on({"ip", "-j", "-4", "torn"}, {.out = "[{"});
  fake.runner.on({"ip", "-j", "-4", "bad"}, {.status = 1});
  CHECK(host::ip_rows(fake.host, {"link"}).empty());
  CHECK(host::ip_rows(fake.host, {"odd"}).empty());
  CHECK(test::thrown_by([&] { host::ip_rows(fake.host, {"torn"}); }).kind() == ErrorKind::step);
  CHECK(test::thrown_by([&] { host::ip_rows(fake.host, {"bad"}); }).kind() == ErrorKind::step);
}

TEST_CASE("the default interface is that of the first default route, or none") {
  HealthyHost fake;
  CHECK(host::default_interface(fake.host) == "eth0");
  fake.set_routes("[]");
  CHECK(host::default_interface(fake.host).empty());
}

TEST_CASE("processors are counted, and the first one tells model and flags") {
  HealthyHost fake;
  fake.put("/proc/cpuinfo",
           "processor\t: 0\nmodel name\t: A: fast\nflags\t\t: lm avx\n\n"
           "processor\t: 1\nmodel name\t: B\nflags\t\t: sse\nprocessor\n");
  const host::Cpu cpu = host::host_cpu(fake.host);
  CHECK(cpu.count == 3);
  CHECK(cpu.model == "A: fast");
  CHECK(cpu.flags == std::set<std::string, std::less<>>{"avx", "lm"});
}

TEST_CASE("memory is in bytes, and 0 where it is not told") {
  HealthyHost fake;
  CHECK(host::memory_bytes(fake.host) == 16'384'000'000);
  CHECK(host::available_memory_bytes(fake.host) == 12'288'000'000);
  fake.put("/proc/meminfo", "MemTotal: many kB\nXMemAvailable: 1 kB\n");
  CHECK(host::memory_bytes(fake.host) == 0);
  CHECK(host::available_memory_bytes(fake.host) == 0);
}

TEST_CASE("disks are what has a size and is no memory, no loop") {
  HealthyHost fake;
  for (const char* name : {"sda", "nvme0n1", "ram0", "zram0", "loop1"}) {
    fake.put(std::string("/sys/block/") + name + "/size", "8\n");
  }
  fake.put("/sys/block/sr0/size", "0\n");
  fake.put("/sys/block/sdb/size", "what\n");
  fake.put("/sys/block/nvme0n1/queue/rotational", "0\n");
  const std::vector<host::Disk> disks = host::host_disks(fake.host);
  REQUIRE(disks.size() == 2);
  CHECK(disks[0].name == "nvme0n1");
  CHECK(disks[0].size_bytes == 4096);
  CHECK_FALSE(disks[0].is_rotating);
  CHECK(disks[1].name == "sda");
}

TEST_CASE("GPUs are NVIDIA's display and 3D controllers, with a driver or without") {
  HealthyHost fake;
  const auto device = [&](const std::string& slot, const char* vendor, const char* device_class) {
    fake.put("/sys/bus/pci/devices/" + slot + "/vendor", vendor);
    fake.put("/sys/bus/pci/devices/" + slot + "/class", device_class);
  };
  device("0000:00:02.0", "0x8086\n", "0x030000\n");
  device("0000:01:00.0", "0x10de\n", "0x030000\n");
  device("0000:02:00.0", "0x10de\n", "0x030200\n");
  device("0000:03:00.0", "0x10de\n", "0x068000\n");
  const std::vector<host::Gpu> gpus = host::host_gpus(fake.host);
  REQUIRE(gpus.size() == 2);
  CHECK(gpus[0].address == "0000:01:00.0");
  CHECK(gpus[1].address == "0000:02:00.0");
  CHECK(gpus[1].driver.empty());
}

TEST_CASE("of two mounts on one folder the later one holds what lies below") {
  HealthyHost fake;
  fake.put("/proc/self/mounts",
           "rootfs / rootfs rw 0 0\n/dev/sda1 / ext4 rw,relatime 0 0\n/dev/sdb1 /var xfs rw 0 0\n"
           "/dev/sdc1 /var/lib ext4 ro,noexec 0 0\nshort line\n");
  const std::vector<host::Mount> mounts = host::host_mounts(fake.host);
  REQUIRE(mounts.size() == 4);
  CHECK(mounts[3].options == std::vector<std::string>{"ro", "noexec"});
  CHECK(host::mount_of(mounts, "/etc")->source == "/dev/sda1");
  CHECK(host::mount_of(mounts, "/var")->source == "/dev/sdb1");
  CHECK(host::mount_of(mounts, "/var/library")->source == "/dev/sdb1");
  CHECK(host::mount_of(mounts, "/var/lib/etcd")->source == "/dev/sdc1");
}

}  // namespace
}  // namespace bundle
